"""The benchmarks by name; each is a module of this package with a ``BENCH``. Imports nothing: help is instant."""

NAMES = ("article_extraction", "clapnq", "mtrag_un", "multihop_rag", "ragtruth", "ramdocs", "realtimeqa", "squad2")
