"""``make bench-speed``: how long a reader waits, and for what; beside a plain LlamaIndex on the same machine.

``python -m eval.speed`` runs all parts; each part is a module that can be run by itself.
"""
