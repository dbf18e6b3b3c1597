"""``make bench-speed``: how long a reader waits, and for what; beside a plain LlamaIndex on the same machine.

``python -m eval.speed`` runs all parts. ``decoding``, ``evidence`` and ``readers`` are parts that also run by
themselves, as ``python -m eval.speed.decoding``; what such a part prints last, on a line of its own, is one JSON object
with its figures, and ``readers`` takes the URL of a running server as its argument.
"""
