"""The data that flows through Copydesk, as frozen dataclasses. Standard library only.

Offsets are code points into the cleaned ``Article.text``; for every passage, span and quote
``article.text[start:end] == text`` holds. Dates are ISO strings (``YYYY-MM-DD``), so they sort as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, NamedTuple

DateSource = Literal["metadata", "text", "inferred", "unknown"]
OutletSource = Literal["metadata", "url", "text", "unknown"]
Status = Literal["answered", "partial", "conflicting", "not_found"]
Reason = Literal["no_evidence", "weak_evidence", "unsupported", "false_premise"]
ConflictKind = Literal["disputed", "superseded"]
Progress = Callable[[str, int, int], None]  # stage, done, total


class Span(NamedTuple):
    """A half-open range of code points ``[start, end)`` in an article's text."""

    start: int
    end: int


# --- write side: sources -> clean -> chunk -> catalog + store ------------------------------------


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One article as a file, or a record of one, holds it: decoded but not cleaned.

    ``created_on`` is the day the file says it was made (a PDF's or Word document's own properties): a hint for where
    the text names no date of publication.
    """

    key: str  # the article id it will get: the file's stem, or its relative path where two collide
    path: str  # where it was read from, for messages and change detection; "FILE#N" for a file that holds many
    text: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    published_at_source: DateSource = "unknown"
    url: str | None = None
    authors: tuple[str, ...] = ()
    outlet_source: OutletSource = "unknown"  # a reader that gives an outlet and no source of it gives metadata
    created_on: str | None = None


@dataclass(frozen=True, slots=True)
class Article:
    """One cleaned article. ``content_hash`` is the sha256 of ``text``: exact copies share it."""

    id: str
    text: str
    content_hash: str
    title: str | None = None
    outlet: str | None = None
    published_at: str | None = None
    published_at_source: DateSource = "unknown"
    url: str | None = None
    language: str | None = None  # ISO 639-1, None where it can't be told
    path: str = ""
    ingested_at: str | None = None  # ISO timestamp, UTC
    outlet_source: OutletSource = "unknown"
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of whole sentences of one article, the unit of retrieval.

    ``id`` derives from the article's content and the offsets, never from metadata.
    ``sentences`` are absolute spans in the article's text.
    """

    id: str
    content_hash: str
    start: int
    end: int
    text: str
    sentences: tuple[Span, ...]

    def sentence_text(self, span: Span) -> str:
        return self.text[span.start - self.start : span.end - self.start]


# --- read side ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles a question may draw on. Dates are inclusive; None leaves that side open.

    ``as_of`` drops what was published later, and is "today" for the words of the question. An article of unknown date
    passes none of the three: it might be from any day. Answers say how many were left out for that.
    """

    as_of: str | None = None
    since: str | None = None
    until: str | None = None
    sources: tuple[str, ...] = ()  # outlets, compared without case

    @property
    def by_date(self) -> bool:
        return bool(self.as_of or self.since or self.until)

    @property
    def is_open(self) -> bool:
        return not (self.by_date or self.sources)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which articles to list, in which order, and which page of them.

    Of ``search`` each word must stand in the title, the outlet or the id, without case. ``undated`` leaves only those
    of unknown date. ``sort`` is "id", "title", "outlet", "published" or "ingested", with a "-" before it from the other
    end; missing values come last both ways. ``limit`` None: all from ``offset`` on.
    """

    filter: Filter = field(default_factory=Filter)
    search: str = ""
    undated: bool = False
    sort: str = "id"
    offset: int = 0
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article in a list: what is known about it, without its text. ``copies`` is how many other articles of the
    archive have the same or nearly the same text; all of them share ``cluster``."""

    id: str
    title: str | None
    outlet: str | None
    outlet_source: str
    published_at: str | None
    published_at_source: DateSource
    url: str | None
    language: str | None
    ingested_at: str | None
    content_hash: str
    words: int
    passages: int
    cluster: str | None = None
    copies: int = 0


@dataclass(frozen=True, slots=True)
class RemovedArticle:
    """An article that was taken out by hand. ``removed_at`` is an ISO timestamp, UTC; ``restorable`` is false once its
    text was deleted."""

    id: str
    title: str | None
    outlet: str | None
    published_at: str | None
    published_at_source: DateSource
    removed_at: str
    restorable: bool = True


@dataclass(frozen=True, slots=True)
class ArticlePage:
    """One page of a ``Listing``; ``total`` counts all articles that pass it. Made by ``Catalog.articles_page``."""

    articles: tuple[ArticleRow, ...]
    total: int
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage with its article and its scores.

    ``ranks`` holds the 1-based rank each retriever gave ("dense", "bm25"; absent where it did not return it),
    ``score`` the fused score, ``signs`` what it is made of (``rag.search.fusion``), ``cosine`` the dense similarity
    in [-1, 1], ``bm25`` the raw BM25 score (>= 0).
    """

    passage: Passage
    article: Article
    score: float
    ranks: Mapping[str, int]
    cosine: float | None = None
    bm25: float | None = None
    also_in: tuple[str, ...] = ()  # ids of other articles with the same content
    near: tuple[Article, ...] = ()  # near-copies of the article that were left out because they only repeat it
    signs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceSentence:
    """One sentence of a retrieved passage, the unit that evidence is picked from and claims are checked against."""

    article: Article
    passage_id: str
    span: Span
    text: str
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """One to three contiguous sentences of an article: ``article.text[start:end] == text``."""

    article: Article
    passage_id: str
    start: int
    end: int
    text: str
    also_in: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """What checking one generated sentence found: the quotes that carry it, or the problem that withholds it.

    ``nearest`` is, of a sentence that failed, the quote that comes nearest to it.
    """

    text: str
    quotes: tuple[Quote, ...]
    support: float  # in [0, 1]
    problem: str | None = None  # for the reader, e.g. "number 24 not in the cited quote"
    nearest: Quote | None = None

    @property
    def passed(self) -> bool:
        return self.problem is None and bool(self.quotes)


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, or of a prompt."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """A request as any of the doors hands it in.

    ``asker`` is who waits for the answer, "DOOR:WHO" with a door such as "sse": askers take turns at the model. The
    doors set it, never a request.
    """

    text: str
    history: tuple[Message, ...] = ()
    filter: Filter = field(default_factory=Filter)
    asker: str = ""


# --- the contract ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AnswerSentence:
    text: str
    citations: tuple[int, ...]
    support: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered source. ``event_at`` is when what it tells took place, as its date words (``event_text``, "Sunday")
    are read on the day it was published: a day, or first and last day ("2021-05-01/2021-05-31"); None where no date is
    said or it can't be told."""

    n: int
    article_id: str
    passage_id: str
    title: str | None
    outlet: str | None
    published_at: str | None
    published_at_source: DateSource
    quote: str
    start: int
    end: int
    url: str | None = None
    also_in: tuple[str, ...] = ()
    event_at: str | None = None
    event_text: str | None = None


@dataclass(frozen=True, slots=True)
class ConflictValue:
    value: str
    unit: str | None
    citation: int | None  # the n of the citation where the text cites it, else None
    date: str | None
    article_id: str
    outlet: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class Conflict:
    about: str
    kind: ConflictKind
    values: tuple[ConflictValue, ...]


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One step of a value that moved over time: from the report of ``date`` on it was ``text``."""

    date: str
    text: str
    about: str
    citation: int | None  # the n of the citation where the text cites it, else None
    article_id: str
    outlet: str | None


@dataclass(frozen=True, slots=True)
class Withheld:
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    passage_id: str
    article_id: str
    title: str | None
    outlet: str | None
    published_at: str | None
    published_at_source: DateSource
    text: str
    start: int
    end: int
    score: float
    ranks: Mapping[str, int]
    highlight: Span | None = None  # the best sentence, absolute offsets


@dataclass(frozen=True, slots=True)
class Timings:
    """Milliseconds from the request received; None where the stage did not happen."""

    retrieve: float | None = None
    evidence: float | None = None
    first_token: float | None = None
    first_sentence: float | None = None
    total: float | None = None


@dataclass(frozen=True, slots=True)
class Stages:
    """Milliseconds that each kind of work took; they add up to the total.

    ``queue``: waiting for the model; ``retrieve``: finding passages and ranking their sentences; ``prefill``: the model
    reading its prompts; ``decode``: the model writing; ``check``: holding what it wrote to the passages.
    """

    queue: float = 0.0
    retrieve: float = 0.0
    prefill: float = 0.0
    decode: float = 0.0
    check: float = 0.0
    other: float = 0.0


STAGE_WORDS = {  # for readers, in the order in which things happen
    "queue": "waiting in line",
    "retrieve": "searching",
    "prefill": "reading",
    "decode": "writing",
    "check": "checking",
    "other": "the rest",
}


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of all model calls a question took; ``prompt_tokens - cached_tokens`` were computed anew."""

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ModelInfo:
    llm: str | None
    embedder: str
    prompt: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """What an answer to a broad question draws on: ``cited`` articles, of ``matching`` ones that speak of the matter,
    of ``articles`` that the question's filter lets through."""

    cited: int
    matching: int
    articles: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What every door returns. ``notice`` is a plain sentence by code, for the reader: why nothing is said,
    what is missing, that the language is not supported, that no language model could be loaded. ``answerability`` is
    the estimated probability, in [0, 1], that the articles answer the question; None where no model was asked.
    ``timeline``: how a value moved from report to report, by date. ``coverage`` is set for overviews and lists."""

    question: str
    standalone_question: str
    status: Status
    reason: str | None
    notice: str | None
    text: str
    sentences: tuple[AnswerSentence, ...]
    citations: tuple[Citation, ...]
    conflicts: tuple[Conflict, ...]
    withheld: tuple[Withheld, ...]
    retrieved: tuple[Retrieved, ...]
    timings_ms: Timings
    stages_ms: Stages
    usage: Usage
    model: ModelInfo
    answerability: float | None = None
    timeline: tuple[TimelineEntry, ...] = ()
    coverage: Coverage | None = None

    def to_dict(self) -> dict[str, Any]:
        """The contract's JSON object."""
        return dict(to_json(self))


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a streamed answer, as sent over SSE.

    ``evidence`` {"passages": [Retrieved...]}, ``token`` {"text"}, ``sentence`` (an AnswerSentence plus its
    "citation_details"), ``withheld`` (a Withheld), ``queue`` {"position"}, ``answer`` (the Answer), ``error``
    {"error", "hint"}.
    """

    name: Literal["queue", "evidence", "token", "sentence", "withheld", "answer", "error"]
    data: dict[str, Any]


# --- ingest ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Skipped:
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest, sync or dry run did (or would do), by article id."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()  # added or changed, but with the text of another article, or nearly that
    near_copies: tuple[str, ...] = ()  # those of ``copies`` whose text is not the same word for word
    copy_of: Mapping[str, str] = field(default_factory=dict)  # for each of ``copies``, an article that it repeats
    skipped: tuple[Skipped, ...] = ()
    passages: int = 0  # newly embedded
    dry_run: bool = False
    left_out: tuple[str, ...] = ()  # removed before by hand, and left out for that though their files are there
    restored: tuple[str, ...] = ()  # removed before, and back because their file was named
    stopped: bool = False  # before all was taken in: what was not indexed by then was left out

    def to_dict(self) -> dict[str, Any]:
        return dict(to_json(self))


def to_json(value: Any) -> Any:
    """A dataclass, or a sequence of them, as plain dicts and lists; spans become ``[start, end]``."""
    if isinstance(value, (list, tuple)):
        return [to_json(item) for item in value]
    return _plain(asdict(value))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value
