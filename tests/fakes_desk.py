"""A Copydesk that knows no model: it plays scripted events, slowly if asked to, and remembers who stopped it."""

from __future__ import annotations

import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rag.errors import Cancelled, CopydeskError, NotFoundError
from rag.llm.base import Cancel
from rag.sources import Web
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
    ModelInfo,
    Passage,
    Question,
    RemovedArticle,
    Retrieved,
    Span,
    Stages,
    Timings,
    Usage,
    Withheld,
    to_json,
)

TOKEN = "a-token-for-tests"
HOSTILE = (
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=2> ![pixel](http://evil.test/p.png) "
    "<iframe src=http://evil.test></iframe> {{value}} ${alert(1)} </div>"
)


def article(
    id: str, title: str | None, outlet: str | None, date: str | None, how: str, text: str, url: str | None = None
) -> Article:
    return Article(
        id, text, f"hash-{id}", title, outlet, date, how, url, "en", f"/news/{id}.txt", "2026-01-01T00:00:00Z"
    )  # type: ignore[arg-type]


FERRY = article(
    "ferry-aground",
    "Ferry runs aground off Skerry Point",
    "Coast Post",
    "2019-03-05",
    "metadata",
    "The ferry Morning Star ran aground off Skerry Point on Tuesday morning. "
    "It carried 212 passengers and a crew of 18. Nobody was hurt, the coast guard said. "
    "The rocks tore a hole of two metres into the hull. Tugs from Larne pulled the ship free at high tide.",
    "https://coastpost.test/ferry",
)
FIRE = article(
    "fire-early",
    "Fire sweeps through harbour quarter",
    "Harbour Times",
    "2019-03-05",
    "inferred",
    "A fire burned down 14 houses in the harbour quarter on Monday night, the mayor said. The cause is not known.",
)
FIRE_TOO = article(
    "fire-other",
    "Harbour fire leaves families homeless",
    "Daily Lantern",
    "2019-03-05",
    "text",
    "Eleven houses burned in the harbour quarter, according to the fire brigade. Thirty people were taken to a school.",
)
EVIL = article(
    "evil",
    f"Evil {HOSTILE}",
    f"Outlet {HOSTILE}",
    None,
    "unknown",
    f"Before. Words {HOSTILE} end here. After.",
    "javascript:alert(1)",
)
ARTICLES = (FERRY, FIRE, FIRE_TOO, EVIL)


def passage(article: Article) -> Passage:
    return Passage(
        f"p-{article.id}", article.content_hash, 0, len(article.text), article.text, (Span(0, len(article.text)),)
    )


def retrieved(article: Article, rank: int, best: str | None = None) -> Retrieved:
    start = article.text.find(best) if best else -1
    return Retrieved(
        f"p-{article.id}", article.id, article.title, article.outlet, article.published_at, article.published_at_source,
        article.text, 0, len(article.text), 1 / (60 + rank), {"dense": rank, "bm25": rank + 1},
        Span(start, start + len(best)) if best and start >= 0 else None,
    )  # fmt: skip


def citation(n: int, article: Article, quote: str, also_in: tuple[str, ...] = ()) -> Citation:
    start = article.text.index(quote)
    return Citation(
        n, article.id, f"p-{article.id}", article.title, article.outlet, article.published_at,
        article.published_at_source, quote, start, start + len(quote), article.url, also_in,
    )  # fmt: skip


def value(shown: str, n: int, article: Article, quote: str) -> ConflictValue:
    return ConflictValue(shown, "houses", n, article.published_at, article.id, article.outlet, quote)


def answer(question: str, status: str = "answered", **fields: Any) -> Answer:
    base: dict[str, Any] = {
        "question": question, "standalone_question": question, "status": status, "reason": None, "notice": None,
        "text": "", "sentences": (), "citations": (), "conflicts": (), "withheld": (),
        "retrieved": (retrieved(FERRY, 1), retrieved(FIRE, 2)),
        "timings_ms": Timings(120, 140, 900, 1400, 2300), "stages_ms": Stages(0, 140, 750, 1250, 60, 100),
        "usage": Usage(840, 600, 42),
        "model": ModelInfo("fake-llm", "fake-embedder", "answer@1"),
    }  # fmt: skip
    return Answer(**{**base, **fields})


PASSENGERS = answer(
    "How many passengers were aboard?",
    text="The ferry carried 212 passengers and a crew of 18 [1]. Nobody was hurt [2].",
    sentences=(
        AnswerSentence("The ferry carried 212 passengers and a crew of 18.", (1,), 0.97),
        AnswerSentence("Nobody was hurt.", (2,), 0.93),
    ),
    citations=(
        citation(1, FERRY, "It carried 212 passengers and a crew of 18.", ("ferry-copy",)),
        citation(2, FERRY, "Nobody was hurt, the coast guard said."),
    ),
    withheld=(Withheld("The captain was 54 years old.", "number 54 not in the cited quote"),),
    retrieved=(retrieved(FERRY, 1), retrieved(FIRE, 2, "The cause is not known."), retrieved(FIRE_TOO, 3)),
)
DISAGREE = answer(
    "How many houses burned?",
    "conflicting",
    notice="The figures were published on the same day.",
    text="Harbour Times reports 14 houses [1]; Daily Lantern reports eleven [2].",
    sentences=(AnswerSentence("Harbour Times reports 14 houses; Daily Lantern reports eleven.", (1, 2), 0.9),),
    citations=(
        citation(1, FIRE, "A fire burned down 14 houses in the harbour quarter on Monday night, the mayor said."),
        citation(2, FIRE_TOO, "Eleven houses burned in the harbour quarter, according to the fire brigade."),
    ),
    conflicts=(
        Conflict(
            "houses burned",
            "disputed",
            (
                value(
                    "14",
                    1,
                    FIRE,
                    "A fire burned down 14 houses in the harbour quarter on Monday night, the mayor said.",
                ),
                value(
                    "eleven", 2, FIRE_TOO, "Eleven houses burned in the harbour quarter, according to the fire brigade."
                ),
            ),
        ),
    ),
    retrieved=(retrieved(FIRE, 1), retrieved(FIRE_TOO, 2), retrieved(FERRY, 3)),
)
NOTHING = answer(
    "Who won the cup?",
    "not_found",
    reason="weak_evidence",
    notice="The articles don’t say who won a cup.",
    standalone_question="Who won the cup in 2019?",
)
PARTLY = answer(
    "What tore the hull and why?",
    "partial",
    reason="The articles don’t say why.",
    text="The rocks tore a hole of two metres into the hull [1].",
    sentences=(AnswerSentence("The rocks tore a hole of two metres into the hull.", (1,), 0.99),),
    citations=(citation(1, FERRY, "The rocks tore a hole of two metres into the hull."),),
)
ATTACK = answer(
    "attack",
    text=f"Words {HOSTILE} end here [1].",
    sentences=(AnswerSentence(f"Words {HOSTILE} end here.", (1,), 0.9),),
    citations=(citation(1, EVIL, f"Words {HOSTILE} end here."),),
    withheld=(Withheld(f"Withheld {HOSTILE}", f"reason {HOSTILE}"),),
    conflicts=(
        Conflict(
            f"about {HOSTILE}",
            "superseded",
            (ConflictValue(HOSTILE, HOSTILE, 1, "2019-03-05", "evil", HOSTILE, HOSTILE),),
        ),
    ),
    notice=f"Notice {HOSTILE}",
    retrieved=(retrieved(EVIL, 1), retrieved(FERRY, 2)),
)
SCRIPTS: dict[str, Answer] = {
    "houses": DISAGREE,
    "cup": NOTHING,
    "hull": PARTLY,
    "attack": ATTACK,
}


def events_of(answer: Answer) -> list[Event]:
    """The events a pipeline would send for this answer: what is withheld last, tokens before each sentence."""
    events = [Event("evidence", {"passages": [to_json(p) for p in answer.retrieved]})]
    for sentence in answer.sentences:
        words = sentence.text.split(" ")
        events += [Event("token", {"text": word if i == 0 else f" {word}"}) for i, word in enumerate(words)]
        details = [to_json(c) for c in answer.citations if c.n in sentence.citations]
        events.append(Event("sentence", {**to_json(sentence), "citation_details": details}))
    for withheld in answer.withheld:
        events += [Event("token", {"text": f" {word}"}) for word in withheld.text.split(" ")]
        events.append(Event("withheld", to_json(withheld)))
    return [*events, Event("answer", answer.to_dict())]


class FakeArchive:
    def __init__(self, articles: Sequence[Article] = ARTICLES) -> None:
        self.held = {a.id: a for a in articles}
        self.ingested: list[Path] = []
        self.embedder = SimpleNamespace(encode_cached=self.embed)
        self.embedded: list[str] = []
        self.slow = 0.0  # seconds for each step of an ingest
        self.asked: list[tuple[Mapping[str, str] | None, Web | None]] = []  # mapping and web, where either was given
        self.out: dict[str, Article] = {}  # removed by hand
        self.clusters: dict[str, tuple[str, ...]] = {"fire-early": ("fire-other",), "fire-other": ("fire-early",)}

    def embed(self, texts: Sequence[str]) -> None:
        self.embedded += texts

    def articles(self, filter: Filter = Filter()) -> list[Article]:  # noqa: B008
        return [a for a in self.held.values() if not filter.sources or a.outlet in filter.sources]

    def articles_page(self, listing: Listing) -> ArticlePage:
        """What a Catalog gives, in the plainest way."""
        key, back = listing.sort.removeprefix("-"), listing.sort.startswith("-")
        wanted = listing.filter
        found = [
            row
            for row in map(self.row, self.held.values())
            if (not wanted.sources or row.outlet in wanted.sources)
            and (not listing.undated or row.published_at is None)
            and (not wanted.by_date or row.published_at is not None)
            and (not wanted.since or str(row.published_at) >= wanted.since)
            and (not wanted.until or str(row.published_at) <= wanted.until)
            and all(
                word in f"{row.title} {row.outlet} {row.id}".casefold() for word in listing.search.casefold().split()
            )
        ]
        name = {"published": "published_at", "ingested": "ingested_at"}.get(key, key)
        found.sort(key=lambda row: row.id)
        known = sorted((r for r in found if getattr(r, name)), key=lambda r: str(getattr(r, name)), reverse=back)
        found = known + [row for row in found if not getattr(row, name)]
        end = None if listing.limit is None else listing.offset + listing.limit
        return ArticlePage(tuple(found[listing.offset : end]), len(found), listing.offset)

    def row(self, a: Article) -> ArticleRow:
        copies = len(self.clusters.get(a.id, ()))
        return ArticleRow(
            a.id, a.title, a.outlet, "metadata", a.published_at, a.published_at_source, a.url, a.language,
            a.ingested_at, a.content_hash, len(a.text.split()), 1, f"cluster-{a.id}" if copies else None, copies,
        )  # fmt: skip

    def copies_of(self, id: str) -> tuple[ArticleRow, ...]:
        self.article(id)
        return tuple(self.row(self.held[other]) for other in self.clusters.get(id, ()) if other in self.held)

    def undated(self, filter: Filter) -> int:
        return sum(a.published_at is None for a in self.held.values()) if filter.by_date else 0

    def article(self, id: str) -> Article:
        if id not in self.held:
            raise NotFoundError(f"There is no article {id!r}.", "See the list of articles.")
        return self.held[id]

    def passages(self, id: str) -> list[Passage]:
        return [passage(self.article(id))]

    def remove(self, ids: Sequence[str]) -> list[str]:
        for id in ids:
            self.article(id)
        for id in ids:
            self.out[id] = self.held.pop(id)
        return list(ids)

    def removed(self) -> list[RemovedArticle]:
        when = "2026-11-21T10:00:00+00:00"
        return [
            RemovedArticle(a.id, a.title, a.outlet, a.published_at, a.published_at_source, when)
            for a in reversed(self.out.values())
        ]

    def restore(self, ids: Sequence[str]) -> list[str]:
        for id in ids:
            if id not in self.out:
                raise NotFoundError(f"No article {id!r} was removed.", "See `copydesk articles removed`.")
        for id in ids:
            self.held[id] = self.out.pop(id)
        return list(ids)

    def forget(self, ids: Sequence[str]) -> list[str]:
        return [self.out.pop(id).path for id in ids]

    def files_held(self, files: Sequence[str], *, kept: bool = False) -> list[str]:
        return [file for file in files if Path(file).stem in self.held]

    def holders(self, passage_id: str) -> list[Article]:
        return [a for a in self.held.values() if passage(a).id == passage_id]

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        mapping: Mapping[str, str] | None = None,
        web: Web | None = None,
        dry_run: bool = False,
        progress: Callable[[str, int, int], None] | None = None,
        stop: threading.Event | None = None,
    ) -> IngestReport:
        if mapping or web:
            self.asked.append((mapping, web))
        paths = [path for path in paths if isinstance(path, Path)]
        for i in range(2):
            if progress:
                progress("embed", i + 1, 2)
            for _ in range(round(self.slow * 20)):
                time.sleep(0.05)
                if stop and stop.is_set():
                    return IngestReport(stopped=True)
        known = [path for path in paths if path.stem in self.held and path.exists() and not dry_run]
        same = [path for path in known if self.held[path.stem].text == path.read_text()]
        paths = [path for path in paths if path not in same]
        if not dry_run:
            self.ingested += paths
            texts = {path: path.read_text() if path.exists() else FERRY.text for path in paths}
            self.held |= {
                path.stem: replace(FERRY, id=path.stem, title=f"New: {path.stem}", text=text, outlet="Radio Orlo")
                for path, text in texts.items()
            }
        back = tuple(path.stem for path in paths if self.out.pop(path.stem, None))
        added = tuple(path.stem for path in paths if path.stem not in back)
        unchanged = tuple(path.stem for path in same)
        return IngestReport(added, unchanged=unchanged, restored=back, passages=2, dry_run=dry_run)

    def sync(self, *, dry_run: bool = False, progress: Callable[[str, int, int], None] | None = None) -> IngestReport:
        return IngestReport(unchanged=tuple(self.held), dry_run=dry_run)

    def rebuild(self, progress: Callable[[str, int, int], None] | None = None) -> int:
        return 7

    def info(self) -> dict[str, Any]:
        outlets = Counter(a.outlet for a in self.held.values() if a.outlet)
        days = sorted(a.published_at for a in self.held.values() if a.published_at)
        return {
            "articles": len(self.held),
            "passages": 7,
            "outlets": dict(outlets.most_common()),
            "first_published_at": days[0] if days else None,
            "last_published_at": days[-1] if days else None,
            "dates": dict(Counter(a.published_at_source for a in self.held.values())),
            "index_current": True,
        }


class FakeDesk:
    """``delay`` seconds before each event; ``prefill`` seconds before the first token, stoppable or (``deaf``) not."""

    def __init__(
        self,
        *,
        delay: float = 0.0,
        prefill: float = 0.0,
        error: CopydeskError | None = None,
        llm_problem: str | None = None,
        articles: Sequence[Article] = ARTICLES,
        queue_size: int = 4,
    ) -> None:
        self.delay, self.prefill, self.error, self.llm_problem = delay, prefill, error, llm_problem
        self.deaf = False
        self.llm_name: str | None = None  # of a model that could write: there is none
        self.archive = FakeArchive(articles)
        self._folder = tempfile.TemporaryDirectory()
        archive_dir = Path(self._folder.name)
        self.settings = SimpleNamespace(
            max_question_chars=2000, queue_size=queue_size, archive_dir=archive_dir, allow_urls=False
        )
        self.questions: list[Question] = []
        self.cancels: list[Cancel] = []
        self.stopped: list[float] = []  # when a job noticed its stop
        self.crash = False
        self.waiting = 0

    def warm(self, progress: Any = None) -> None: ...

    def load_ahead(self) -> None: ...

    def close(self) -> None: ...

    @contextmanager
    def opened(self) -> Iterator[FakeDesk]:
        yield self

    def search(self, query: str, k: int = 8, filter: Filter = Filter()) -> list[Hit]:  # noqa: B008
        return [
            Hit(passage(a), a, 1 / (60 + i), {"dense": i}, 0.5, 1.5)
            for i, a in enumerate(self.archive.articles(filter)[:k], 1)
        ]

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
        cancel = cancel or Cancel()
        self.questions.append(question)
        self.cancels.append(cancel)
        if self.error:
            raise self.error
        if self.crash:
            raise ZeroDivisionError("a bug")
        script = next((a for key, a in SCRIPTS.items() if key in question.text), PASSENGERS)
        for event in events_of(script):
            self._wait(cancel, self.delay)
            if event.name == "answer":
                data = {**event.data, "question": question.text}
                if event.data["question"] == event.data["standalone_question"]:
                    data["standalone_question"] = question.text
                event = Event("answer", data)
            yield event
            if event.name == "evidence":
                self._wait(cancel, self.prefill)

    def _wait(self, cancel: Cancel, seconds: float) -> None:
        if self.deaf:
            time.sleep(seconds)
        elif cancel.wait(seconds) or cancel.is_set():
            self.stopped.append(time.monotonic())
            raise Cancelled()


_last_port = 0


def _listening() -> socket.socket:
    global _last_port
    try:
        listener = socket.create_server(("127.0.0.1", _last_port))
    except OSError:
        listener = socket.create_server(("127.0.0.1", 0))
    _last_port = listener.getsockname()[1]
    return listener


@contextmanager
def live(desk: Any, *, with_ui: bool = False, evals: Any = None) -> Iterator[str]:
    """A real server for ``desk``, with ``evals`` (runs of known questions) if given; gives its URL. Where it is free,
    the port is the last one's: a browser keeps the page's scripts by their address."""
    import uvicorn

    from rag.http.server import create_app

    app = create_app(desk, token=TOKEN, with_ui=with_ui, evals=(lambda state: evals) if evals else None)
    with _listening() as listener:
        runner = uvicorn.Server(uvicorn.Config(app, log_level="error", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=runner.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            app.state.close()
            runner.should_exit = True
            thread.join(10)
