"""What the HTTP doors accept, and what they tell of the archive.

Unknown fields of a request are refused, so that a misspelt filter does not pass silently.
"""

from __future__ import annotations

import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from rag.browse import MAX_PAGE
from rag.errors import InputError
from rag.types import Filter, Listing, Message, Question

MAX_TURNS = 100
MAX_HITS = 50


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Filtered(_Strict):
    as_of: datetime.date | None = Field(None, description="as if asked on that day: nothing published later")
    since: datetime.date | None = Field(None, description="published on that day or later; YYYY-MM-DD")
    until: datetime.date | None = Field(None, description="published on that day or earlier; YYYY-MM-DD")
    sources: list[str] = Field(default_factory=list, max_length=200, description="of these outlets only, by name")

    def filter(self) -> Filter:
        """Raises InputError when ``since`` is after ``until``."""
        if self.since and self.until and self.since > self.until:
            raise InputError(
                f"since ({self.since}) is later than until ({self.until}).", "Swap the two dates or drop one."
            )
        return Filter(
            as_of=_iso(self.as_of),
            since=_iso(self.since),
            until=_iso(self.until),
            sources=tuple(name.strip() for name in self.sources if name.strip()),
        )


class Turn(_Strict):
    role: Literal["user", "assistant"]
    content: str


class AskRequest(Filtered):
    question: str
    history: list[Turn] = Field(default_factory=list, max_length=MAX_TURNS)

    def to_question(self, max_chars: int) -> Question:
        """Raises InputError when the question is empty or longer than ``max_chars`` characters."""
        history = tuple(Message(turn.role, turn.content) for turn in self.history)
        return Question(checked_question(self.question, max_chars), history, self.filter())


class SearchRequest(Filtered):
    query: str
    k: int = Field(default=8, ge=1, le=MAX_HITS)


class ListRequest(_Strict):
    """The query string of ``GET /v1/articles``."""

    source: list[str] = Field(default=[], max_length=200, description="of this outlet; may be repeated; without case")
    as_of: datetime.date | None = Field(None, description="published on that day or earlier")
    since: datetime.date | None = Field(None, description="published on that day or later")
    until: datetime.date | None = Field(None, description="published on that day or earlier")
    q: str = Field("", max_length=200, description="words that must stand in title, outlet or id, without case")
    undated: bool = Field(False, description="only articles whose day of publication is unknown")
    sort: Literal[
        "id", "-id", "title", "-title", "outlet", "-outlet", "published", "-published", "ingested", "-ingested"
    ] = Field("id", description='the order; with "-" from the other end')
    offset: int = Field(0, ge=0, description="how many articles to pass over")
    limit: int = Field(50, ge=1, le=MAX_PAGE, description="how many articles to list")

    def listing(self) -> Listing:
        """Raises InputError when ``since`` is after ``until``."""
        wanted = Filtered(as_of=self.as_of, since=self.since, until=self.until, sources=self.source).filter()
        return Listing(wanted, self.q, self.undated, self.sort, self.offset, self.limit)


class RemoveRequest(_Strict):
    """Articles to take out of the archive, to restore or to forget, all or none."""

    ids: list[str] = Field(min_length=1, max_length=100_000)


class AddRequest(_Strict):
    """Files of this machine to ingest (the CLI's way in), with the server's token only."""

    paths: list[str] = Field(default=[], max_length=1000)
    feeds: list[str] = Field(default=[], max_length=100)
    mapping: dict[str, str] = {}
    dry_run: bool = False


class UploadsRequest(_Strict):
    """Files uploaded before, by the names that the uploads answered with."""

    names: list[str] = Field(min_length=1, max_length=10_000)


class SyncRequest(_Strict):
    dry_run: bool = False
    web: bool = False


# --- what is answered about the archive -------------------------------------------------------------

DateSource = Literal["metadata", "text", "inferred", "unknown"]


class ArticleItem(BaseModel):
    """An article without its text."""

    model_config = ConfigDict(extra="allow")

    article_id: str
    title: str | None
    outlet: str | None
    outlet_source: str = Field("unknown", description="how the outlet is known: metadata, url, text or unknown")
    published_at: str | None = Field(description="ISO day or time; null where it is unknown")
    published_at_source: DateSource = Field(description="how the date is known")
    url: str | None
    language: str | None = Field(description="ISO 639-1")
    ingested_at: str | None
    content_hash: str = Field(description="sha256 of the text; exact copies share it")
    words: int
    cluster: str | None = Field(None, description="shared by all articles of nearly the same text")


class ListedArticle(ArticleItem):
    passages: int
    copies: int = Field(description="how many other articles have the same or nearly the same text")


class ArticleList(BaseModel):
    articles: list[ListedArticle]
    total: int = Field(description="how many articles pass the filter, on all pages")
    offset: int
    limit: int | None
    undated_left_out: int = Field(description="articles left out because a filter by date is set and they have none")


class Copy(ListedArticle):
    same_text: bool = Field(description="the very same text, not only nearly")


class PassageItem(BaseModel):
    """``text == article.text[start:end]``; the sentences are [start, end] in the article's text too."""

    id: str
    content_hash: str
    start: int
    end: int
    text: str
    sentences: list[tuple[int, int]]


class ArticleDetail(ArticleItem):
    id: str
    text: str
    passages: list[PassageItem]
    copies: list[Copy] = Field(description="other articles with the same or nearly the same text, the earliest first")


class Info(BaseModel):
    """What the archive holds."""

    model_config = ConfigDict(extra="allow")

    path: str | None = Field(None, description="the archive's folder; told to this machine only")
    articles: int
    passages: int
    outlets: dict[str, int] = Field(description="articles of each outlet, the most first")
    first_published_at: str | None = Field(None, description="the earliest ISO day of publication")
    last_published_at: str | None = Field(None, description="the latest ISO day of publication")
    dates: dict[str, int] = Field(description="articles by how their date is known")
    index_current: bool = Field(description="false while the search index lacks what the catalog holds")
    llm_problem: str | None = Field(description="why quotes alone answer; null where a model does")


class Removed(BaseModel):
    removed: list[str]


class Restored(BaseModel):
    restored: list[str]


class Forgotten(BaseModel):
    forgotten: list[str]


class RemovedItem(BaseModel):
    article_id: str
    title: str | None
    outlet: str | None
    published_at: str | None
    published_at_source: DateSource
    removed_at: str = Field(description="ISO time, UTC")
    restorable: bool = Field(description="false once its text was deleted")


class RemovedList(BaseModel):
    removed: list[RemovedItem] = Field(description="what was removed and stays out, the last first")


class Uploaded(BaseModel):
    name: str = Field(description="what the file is called now; another one of its name may have been there")


class NotAdded(BaseModel):
    path: str
    reason: str


class Added(BaseModel):
    """What an ingest did, by article id."""

    model_config = ConfigDict(extra="allow")

    added: list[str]
    changed: list[str]
    unchanged: list[str]
    removed: list[str]
    copies: list[str] = Field(description="added or changed, with the text of another article, or nearly that")
    near_copies: list[str] = Field(description="those of copies whose text is not the same word for word")
    copy_of: dict[str, str] = Field(description="for each of copies, the id of an article that it repeats")
    skipped: list[NotAdded]
    left_out: list[str] = Field(description="removed before, and left out for that")
    restored: list[str] = Field(description="removed before, and back because their file was named")
    passages: int = Field(description="newly indexed")


class Problem(BaseModel):
    """Every error."""

    error: str
    hint: str


# --- small things -----------------------------------------------------------------------------------


def checked_question(text: str, max_chars: int) -> str:
    """``text`` trimmed. Raises InputError when nothing or more than ``max_chars`` characters are left."""
    text = text.strip()
    if not text:
        raise InputError("The question is empty.", "Type a question.")
    if len(text) > max_chars:
        raise InputError(
            f"The question has {len(text):,} characters; {max_chars:,} are allowed.",
            "Shorten it: ask one thing, in a sentence or two.",
        )
    return text


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None
