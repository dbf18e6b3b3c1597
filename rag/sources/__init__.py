"""Files, folders and web pages into raw documents: what is read, what is skipped and why, and the metadata.

``plan`` finds the files and fingerprints them, ``read_all`` parses them. Whatever stands in a file is untrusted.
"""

from rag.sources.files import Known, Plan, Records, SourceFile
from rag.sources.formats import READERS, SUFFIXES, kind_of
from rag.sources.items import read
from rag.sources.planning import plan
from rag.sources.reading import read_all, read_paths
from rag.sources.rows import check_mapping
from rag.sources.text import decode, parse_date
from rag.sources.web import Web, is_url

__all__ = [
    "READERS",
    "SUFFIXES",
    "Known",
    "Plan",
    "Records",
    "SourceFile",
    "Web",
    "check_mapping",
    "decode",
    "is_url",
    "kind_of",
    "parse_date",
    "plan",
    "read",
    "read_all",
    "read_paths",
]
