"""Ask a news archive; every sentence of the answer is checked against the passage it cites.

>>> from rag import Copydesk, load_settings
>>> with Copydesk.open(load_settings()) as desk:
...     print(desk.ask("How many passengers were aboard?").text)

Names are loaded when first used, so ``import rag`` itself costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.archive import Archive
    from rag.config import Settings, load_settings
    from rag.errors import (
        ArchiveBusyError,
        ArchiveError,
        Cancelled,
        CopydeskError,
        DownloadError,
        InputError,
        ModelError,
        NotFoundError,
        QueueFullError,
        SourceError,
    )
    from rag.http.client import RemoteDesk
    from rag.pipeline import Copydesk
    from rag.types import (
        Answer,
        AnswerSentence,
        Article,
        ArticlePage,
        ArticleRow,
        Citation,
        Conflict,
        ConflictValue,
        Event,
        Filter,
        Hit,
        IngestReport,
        Listing,
        Message,
        Passage,
        Question,
        Retrieved,
        Withheld,
    )

__version__ = "0.1.0"

_HOME = {
    "Archive": "rag.archive",
    "RemoteDesk": "rag.http.client",
    "Settings": "rag.config",
    "load_settings": "rag.config",
    "ArchiveBusyError": "rag.errors",
    "ArchiveError": "rag.errors",
    "Cancelled": "rag.errors",
    "CopydeskError": "rag.errors",
    "DownloadError": "rag.errors",
    "InputError": "rag.errors",
    "ModelError": "rag.errors",
    "NotFoundError": "rag.errors",
    "QueueFullError": "rag.errors",
    "SourceError": "rag.errors",
    "Copydesk": "rag.pipeline",
    "Answer": "rag.types",
    "AnswerSentence": "rag.types",
    "Article": "rag.types",
    "ArticlePage": "rag.types",
    "ArticleRow": "rag.types",
    "Citation": "rag.types",
    "Conflict": "rag.types",
    "ConflictValue": "rag.types",
    "Event": "rag.types",
    "Filter": "rag.types",
    "Hit": "rag.types",
    "IngestReport": "rag.types",
    "Listing": "rag.types",
    "Message": "rag.types",
    "Passage": "rag.types",
    "Question": "rag.types",
    "Retrieved": "rag.types",
    "Withheld": "rag.types",
}

__all__ = [
    "Answer",
    "AnswerSentence",
    "Archive",
    "ArchiveBusyError",
    "ArchiveError",
    "Article",
    "ArticlePage",
    "ArticleRow",
    "Cancelled",
    "Citation",
    "Conflict",
    "ConflictValue",
    "Copydesk",
    "CopydeskError",
    "DownloadError",
    "Event",
    "Filter",
    "Hit",
    "IngestReport",
    "InputError",
    "Listing",
    "Message",
    "ModelError",
    "NotFoundError",
    "Passage",
    "Question",
    "QueueFullError",
    "RemoteDesk",
    "Retrieved",
    "Settings",
    "SourceError",
    "Withheld",
    "__version__",
    "load_settings",
]


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
