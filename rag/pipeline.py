"""The whole flow of a question on one screen: Python's door, and what every other door calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TypeVar

from rag import compose, conversation, drafting, events, evidence, prompt, rewriting, timeline
from rag.archive import Archive
from rag.broad import answer as broad_answer
from rag.checking import entail, verify
from rag.checking.entail import load_entailment
from rag.clock import Clock
from rag.compound import answer as compound_answer
from rag.config import Settings
from rag.disagreement import conflict, copies
from rag.errors import InputError, ModelError
from rag.found import Found
from rag.gate import Gate
from rag.llm import load_llm
from rag.llm.base import LLM, Cancel
from rag.llm.worker import Worker
from rag.search.embed import Embedder
from rag.text import language
from rag.text.times import parse_day
from rag.trace import Trace, recorded
from rag.types import (
    Answer,
    ArticlePage,
    Check,
    Event,
    Filter,
    Hit,
    Listing,
    Message,
    ModelInfo,
    Progress,
    Question,
    to_json,
)
from rag.verdict import abstain, judge

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class _Asking:
    """One question under way: its stop button, its stopwatch, and who waits for it."""

    clock: Clock
    cancel: Cancel
    asker: str = ""


CANDIDATES = 20  # passages whose sentences compete to be evidence, and may be cited
SHOWN = 8  # of them listed with the answer
UNCACHED = 200  # prompt tokens that a question may cost beyond the fixed prompts
SCAFFOLD = 14  # of them for the chat's markup and the words around evidence and question
NEAR = 3  # among these a passage that can't be read is worth a word; they tell which year a question's date means


class Copydesk:
    """An open archive and a model to answer from it. A context manager; threads may share it."""

    def __init__(self, settings: Settings, archive: Archive, load: Callable[[], LLM | None]) -> None:
        self.settings = settings
        self.archive = archive
        self.llm_problem: str | None = None
        cross_encoder = load_entailment(settings)
        self._opinion = entail.opinion(cross_encoder) if cross_encoder else None
        self._load = load
        self._worker: Worker | None = None
        self._ahead: Future[LLM | None] | None = None
        self._tried = False
        self._loading = threading.Lock()
        self._gate = Gate()
        self._trace = Trace(settings.trace) if settings.trace else None

    @classmethod
    def open(
        cls, settings: Settings, *, write: bool = False, llm: LLM | None = None, embedder: Embedder | None = None
    ) -> Copydesk:
        """Open the archive for answering; the models are loaded at first use, or by ``warm``.

        ``write`` opens it for adding articles too. ``llm`` and ``embedder`` take the place of the configured ones.
        """
        archive = Archive.open(settings, write=write, embedder=embedder)
        return cls(settings, archive, (lambda: llm) if llm is not None else (lambda: load_llm(settings)))

    def __enter__(self) -> Copydesk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop the model and close the archive."""
        if self._ahead is not None:  # what is being loaded is closed, too
            self._model()
        if self._worker is not None:
            self._worker.close()
        self.archive.close()

    @property
    def waiting(self) -> int:
        """How many questions wait for the language model."""
        return self._worker.waiting if self._worker else 0

    def warm(self, progress: Progress | None = None) -> None:
        """Load the models and compute the prompts' fixed beginnings, so that the first question waits for neither.

        An archive open for writing is brought up to date first.
        """
        self.load_ahead()
        self.archive.warm(progress)
        language.detect("Aurora aground?")  # too short to tell: loads what tells languages apart
        worker = self._model()
        if worker is not None:
            list(worker.run(_warm))

    def load_ahead(self) -> None:
        """Load the language model meanwhile: whoever needs it first waits for what is left of that.

        Reading its file and importing what a search needs take a second or two each, and either leaves a core free.
        """
        with self._loading:
            if self._tried or self._ahead is not None:
                return
            pool = ThreadPoolExecutor(1, thread_name_prefix="load-ahead")
            self._ahead = pool.submit(self._load)
            pool.shutdown(wait=False)

    def search(self, query: str, k: int = 8, filter: Filter = Filter()) -> list[Hit]:  # noqa: B008 (it is frozen)
        """The ``k`` best passages for a query, best first."""
        checked = self._checked(query)
        with self._gate.search():
            return self.archive.search(checked, k, filter)

    def articles(self, listing: Listing = Listing()) -> ArticlePage:  # noqa: B008 (it is frozen)
        """One page of the archive's articles, without their texts; ``archive.article(id)`` has one with its text.

        Raises InputError for an unknown outlet or order.
        """
        return self.archive.articles_page(listing)

    def ask(
        self,
        question: str | Question,
        *,
        history: Sequence[Message] = (),
        as_of: str | None = None,
        since: str | None = None,
        until: str | None = None,
        sources: Sequence[str] = (),
        cancel: Cancel | None = None,
    ) -> Answer:
        """The answer to a question. Raises InputError for one that can't be asked, Cancelled when stopped."""
        if isinstance(question, str):
            question = Question(question, tuple(history), Filter(as_of, since, until, tuple(sources)))
        return _result(recorded(self._trace, question, self._answer(question, cancel or Cancel())))

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
        """The answer as it comes about; the last event is ``answer``. Raises as ``ask`` does."""
        answer = yield from recorded(self._trace, question, self._answer(question, cancel or Cancel()))
        yield Event("answer", answer.to_dict())

    def _answer(self, question: Question, cancel: Cancel) -> Generator[Event, None, Answer]:
        clock = Clock()
        asking = _Asking(clock, cancel, question.asker)
        asked = self._checked(question.text)
        foreign = abstain.foreign_question(language.detect(asked))
        if conversation.is_small_talk(asked):
            nothing = compose.silent(*conversation.NO_QUESTION)
            return compose.answer(asked, asked, nothing, (), clock, self._models())
        history = () if foreign else question.history
        standalone = yield from self._standalone(asked, history, asking)
        number = self._gate.draw()
        with clock.timed("retrieve"), self._gate.search(number):
            wide = None if foreign else broad_answer.answer(standalone, self.archive, question.filter)
        if wide is not None:
            clock.mark("evidence")
            listed = compose.retrieved(wide.hits, {})
            yield Event("evidence", {"passages": to_json(listed)})
            yield from _checked_sentences(wide.outcome, clock)
            return compose.answer(asked, standalone, wide.outcome, listed, clock, self._models())
        with clock.timed("retrieve"), self._gate.search(number):
            parts = None if foreign else compound_answer.look(standalone, self.archive, question.filter)
        if parts is not None and (parts.plan.kind == "which" or self._model() is not None):
            clock.mark("evidence")
            listed = compose.retrieved(parts.hits[:SHOWN], parts.highlights)
            yield Event("evidence", {"passages": to_json(listed)})
            settled = yield from self._settled(parts, asking)
            yield from _checked_sentences(settled, clock)
            cited = {quote.passage_id for check in settled.checks for quote in check.quotes}
            rest = [h for h in parts.hits[SHOWN:] if h.passage.id in cited]
            listed += compose.retrieved(rest, parts.highlights)
            return compose.answer(asked, standalone, settled, listed, clock, self._models())
        with clock.timed("retrieve"), self._gate.search(number):
            found = self._find(standalone, question.filter, clock)
        shown = compose.retrieved(found.hits[:SHOWN], found.highlights)
        yield Event("evidence", {"passages": to_json(shown)})

        def dated(outcome: compose.Outcome) -> compose.Outcome:
            return replace(outcome, checks=events.with_days(outcome.checks, standalone))

        def done(outcome: compose.Outcome) -> Answer:
            latest = timeline.newest(standalone, [quote.article for check in outcome.checks for quote in check.quotes])
            more = (abstain.unread_articles(found.unread), latest, *found.notices)
            noted = compose.note(outcome, " ".join(filter(None, more)))
            cited = {quote.passage_id for check in outcome.checks for quote in check.quotes}
            further = [h for h in found.hits[SHOWN:] if h.passage.id in cited]  # so that every quote has its passage
            listed = shown + compose.retrieved(further, found.highlights)
            return compose.answer(asked, standalone, noted, listed, clock, self._models())

        if foreign:
            return done(compose.silent(*foreign))
        if not found.ranked or abstain.hopeless(found.best.cosine, found.best.overlap):
            return done(compose.silent(*abstain.NO_EVIDENCE))
        self._gate.give_way()  # others wait for their passages; this reader has them
        conflicts = conflict.detect(standalone, [s.sentence for s in found.ranked], found.relevance)
        if conflicts:
            disputed = any(c.kind == "disputed" for c in conflicts)
            outcome = dated((compose.dispute if disputed else compose.latest)(conflicts, found.sentences))
            yield from _checked_sentences(outcome, clock)
            return done(outcome)
        worker = self._model()
        if worker is None:
            return done(dated(compose.quoted(found.best.sentence, self.llm_problem)))

        draft: drafting.Draft = yield from _marked(self._draft(worker, standalone, found, asking), clock)
        with clock.timed("check"):
            outcome = dated(judge.outcome(standalone, draft, found, conflicts))
        yield from _checked_sentences(outcome, clock)
        return done(outcome)

    def _settled(self, parts: compound_answer.Parts, asking: _Asking) -> Generator[Event, None, compose.Outcome]:
        """What answers a question of several clauses."""
        worker = self._model()
        if worker is None:
            return (yield from compound_answer.named(parts))

        def work(llm: LLM) -> Generator[Event, None, compose.Outcome]:
            return (yield from compound_answer.answer(llm, parts, self.archive.embedder, asking.cancel))

        return (yield from _in_turn(worker, work, asking))

    def _draft(
        self, worker: Worker, question: str, found: Found, asking: _Asking, write: bool = True
    ) -> Generator[Event, None, drafting.Draft]:
        """The model's draft with its checks, written when the question's turn comes."""
        check = self._checker(found, question, asking.clock)

        def work(llm: LLM) -> Generator[Event, None, drafting.Draft]:
            left = UNCACHED - SCAFFOLD - llm.count(question) - asking.clock.meter.uncached  # less rewriting
            chosen = evidence.choose(
                timeline.newest_only(question, found.ranked),
                llm.count,
                min(evidence.BUDGET, max(evidence.BUDGET // 2, left)),
            )
            return (yield from drafting.draft(llm, question, chosen, check, cancel=asking.cancel, write=write))

        return (yield from _in_turn(worker, work, asking))

    def examine(self, question: Question, *, write: bool = True) -> tuple[str, Found, drafting.Draft]:
        """The question as searched, what was found and the draft with its checks, before anything is decided.

        Without ``write`` the model reads the evidence and writes nothing. For measuring: ``ask`` is what answers.
        Raises ModelError where there is no language model.
        """
        asking = _Asking(Clock(), Cancel())
        worker = self._model()
        if worker is None:
            raise ModelError(self.llm_problem or "No language model is set.", "Set one, see `copydesk models list`.")
        standalone = _result(self._standalone(self._checked(question.text), question.history, asking))
        found = self.find(standalone, question.filter)
        return standalone, found, _result(self._draft(worker, standalone, found, asking, write))

    def find(self, question: str, filter: Filter = Filter()) -> Found:  # noqa: B008 (it is frozen)
        """What is retrieved for a question that stands alone: passages, and their sentences by promise."""
        return self._find(question, filter, Clock())

    def _standalone(self, question: str, history: Sequence[Message], asking: _Asking) -> Generator[Event, None, str]:
        """The question as it will be searched: written out by the model where it does not stand alone."""
        settled = conversation.settled(question, history)
        if settled is not None:
            return settled
        worker = self._model()
        if worker is None:
            return conversation.fall_back(question, history)

        def work(llm: LLM) -> Generator[Event, None, str]:
            yield from ()
            return rewriting.standalone(llm, question, history, asking.cancel)

        return (yield from _in_turn(worker, work, asking))

    def _find(self, question: str, filter: Filter, clock: Clock) -> Found:
        """Retrieve passages and rank their sentences."""
        hits = self.archive.search(question, CANDIDATES, filter)
        asked_time = timeline.asked_time(question, [h.article for h in hits[:NEAR]], parse_day(filter.as_of))
        if asked_time and (
            then := timeline.up_to(filter, asked_time)
        ):  # later reports must not crowd out those of then
            hits = timeline.merged(self.archive.search(question, CANDIDATES, then), hits)
        clock.mark("retrieve")
        embedder = self.archive.embedder
        unread = [h for h in hits if h.article.language not in (None, abstain.ANSWERS_IN)]
        read = [h for h in hits if h not in unread]
        sentences, later = timeline.told_by(
            copies.mark(evidence.shortlist(question, read), {h.article.id: h.near for h in read}), asked_time
        )
        vectors = embedder.encode_cached([s.text for s in sentences])
        asked = embedder.encode_cached([question])[0]
        boosts = timeline.recency_boost(question, sentences, asked_time)
        found = evidence.rank(question, hits, sentences, vectors, [float(c) for c in vectors @ asked], boosts)
        near = {h.article.language or "" for h in hits[:NEAR] if h in unread}
        notices = timeline.undated_notice(self.archive.undated(filter)), later
        found = replace(found, unread=tuple(sorted(near)), notices=tuple(n for n in notices if n))
        clock.mark("evidence")
        return found

    def _checker(self, found: Found, question: str, clock: Clock) -> Callable[[str], Check]:
        """Checks a drafted sentence against all sentences that were looked at."""

        def check(claim: str) -> Check:
            vector = self.archive.embedder.encode_cached([claim])[0]
            cosines = [float(c) for c in found.vectors @ vector]
            checked = verify.check(claim, found.sentences, cosines, question, opinion=self._opinion)
            if checked.passed:
                return checked
            best = verify.best_quote(claim, found.sentences, cosines)
            return replace(checked, nearest=best[0] if best else None)

        def mended(claim: str) -> Check:
            with clock.timed("check"):
                return judge.mended(claim, question, found, check)

        return mended

    def _checked(self, question: str) -> str:
        """The question with its white space folded and control characters gone. Raises InputError."""
        text = " ".join("".join(c if c.isprintable() else " " for c in question).split())
        if not text:
            raise InputError("The question is empty.", "Ask something about the articles.")
        if len(text) > self.settings.max_question_chars:
            raise InputError(
                f"The question has {len(text):,} characters; {self.settings.max_question_chars:,} are read at most.",
                "Ask a shorter question.",
            )
        return text

    def _model(self) -> Worker | None:
        """The worker that owns the language model, loaded once; None, with ``llm_problem`` set, where there is none."""
        with self._loading:
            if not self._tried:
                self._tried = True
                try:
                    llm = self._ahead.result() if self._ahead is not None else self._load()
                except ModelError as error:
                    self.llm_problem = str(error)
                else:
                    if llm is None:
                        self.llm_problem = "No language model is set."
                    else:
                        self._worker = Worker(llm, self.settings.queue_size)
            return self._worker

    def _models(self) -> ModelInfo:
        name = self._worker.name if self._worker else None
        return ModelInfo(name, self.archive.embedder.name, prompt.load("answer").label)


def _warm(llm: LLM) -> Iterator[Event]:
    for name in ("rewrite", "answer"):
        llm.warm(prompt.fixed(prompt.load(name)))
    yield from ()


def _result(steps: Generator[Event, None, R]) -> R:
    """What the steps come to, their events left aside."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: R = end.value
            return result


def _marked(steps: Generator[Event, None, R], clock: Clock) -> Generator[Event, None, R]:
    """The steps, with the moment of the first token noted."""
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result: R = end.value
            return result
        if event.name == "token":
            clock.mark("first_token")
        yield event


def _in_turn(
    worker: Worker, work: Callable[[LLM], Generator[Event, None, R]], asking: _Asking
) -> Generator[Event, None, R]:
    """Do the work on the thread that owns the model when its turn comes; the wait and the model's calls are clocked."""
    clock = asking.clock
    asked = clock.now()

    def begun(llm: LLM) -> Generator[Event, None, R]:
        clock.spend("queue", asked)
        return (yield from work(clock.metered(llm)))

    return (yield from worker.run(begun, asking.cancel, _position, asking.asker))


def _position(ahead: int) -> Event | None:
    return Event("queue", {"position": ahead}) if ahead else None


def _checked_sentences(outcome: compose.Outcome, clock: Clock) -> Iterator[Event]:
    """The outcome's sentences, each with its citations, and what was withheld."""
    sentences, citations, _ = compose.cite(outcome.checks)
    for sentence in sentences:
        clock.mark("first_token")
        clock.mark("first_sentence")
        details = [c for c in citations if c.n in sentence.citations]
        yield Event("sentence", {**to_json(sentence), "citation_details": to_json(details)})
    for withheld in outcome.withheld:
        yield Event("withheld", to_json(withheld))
