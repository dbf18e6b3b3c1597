"""The whole flow of a question on one screen: Python's door, and what every other door calls."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import TypeVar

from rag import compose, conversation, drafting, events, finding, following, prompt, rewriting, telling, timeline
from rag.archive import Archive
from rag.asking import Asking, in_turn
from rag.broad import answer as broad_answer
from rag.checking import entail
from rag.checking.entail import load_entailment
from rag.clock import Clock
from rag.compound import answer as compound_answer
from rag.config import Settings
from rag.disagreement import conflict
from rag.errors import InputError, ModelError
from rag.found import Found
from rag.gate import Gate
from rag.llm import load_llm
from rag.llm.base import LLM, Cancel, Prompt, complete
from rag.llm.worker import Worker
from rag.search.embed import Embedder
from rag.steps import finish
from rag.text import language
from rag.text.words import asks_yes_no
from rag.trace import Trace, recorded
from rag.types import (
    Answer,
    ArticlePage,
    Check,
    Conflict,
    Event,
    Filter,
    Hit,
    Listing,
    Message,
    ModelInfo,
    Progress,
    Question,
    Retrieved,
    to_json,
)
from rag.verdict import abstain

R = TypeVar("R")


SHOWN = 8  # passages listed with the answer


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
        self._lent = False  # the model is another desk's
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
        if self._worker is not None and not self._lent:
            self._worker.close()
        self.archive.close()

    def beside(self, archive: Archive) -> Copydesk:
        """A desk on another archive with this one's models; its questions stand in the same line, by their askers.

        Nothing of it is traced. Closing it closes that archive alone; close it before this one.
        """
        other = Copydesk(replace(self.settings, entailment=None, trace=None), archive, lambda: None)
        other._worker, other._tried, other._lent = self._model(), True, True
        other.llm_problem, other._opinion, other._gate = self.llm_problem, self._opinion, self._gate
        return other

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
            list(worker.run(telling.warm))

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
        return finish(recorded(self._trace, question, self._answer(question, cancel or Cancel())))

    def stream(self, question: Question, cancel: Cancel | None = None) -> Iterator[Event]:
        """The answer as it comes about; the last event is ``answer``. Raises as ``ask`` does."""
        answer = yield from recorded(self._trace, question, self._answer(question, cancel or Cancel()))
        yield Event("answer", answer.to_dict())

    def _answer(self, question: Question, cancel: Cancel) -> Generator[Event, None, Answer]:
        clock = Clock()
        asking = Asking(clock, cancel, question.asker)
        asked = self._checked(question.text)
        foreign = abstain.foreign_question(language.detect(asked))
        if conversation.is_small_talk(asked):
            nothing = compose.silent(*conversation.NO_QUESTION)
            return compose.answer(asked, asked, nothing, (), clock, self._models())
        history = () if foreign else question.history
        reading = yield from self._read(asked, history, question.filter, asking)
        if reading.unclear:
            return compose.answer(asked, asked, compose.silent(*reading.unclear), (), clock, self._models())
        standalone = reading.question
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
            listed += _quoted_further(settled, parts)
            return compose.answer(asked, standalone, settled, listed, clock, self._models())
        with clock.timed("retrieve"), self._gate.search(number):
            found = finding.find(self.archive, standalone, question.filter, clock)
        shown = compose.retrieved(found.hits[:SHOWN], found.highlights)
        yield Event("evidence", {"passages": to_json(shown)})

        def dated(outcome: compose.Outcome) -> compose.Outcome:
            return replace(outcome, checks=events.with_days(outcome.checks, standalone))

        def done(outcome: compose.Outcome) -> Answer:
            latest = timeline.newest(standalone, [quote.article for check in outcome.checks for quote in check.quotes])
            more = (abstain.unread_articles(found.unread), latest, *found.notices)
            noted = compose.note(outcome, " ".join(filter(None, more)))
            listed = shown + _quoted_further(noted, found)
            return compose.answer(asked, standalone, noted, listed, clock, self._models())

        if foreign:
            return done(compose.silent(*foreign))
        if not found.ranked or abstain.hopeless(found.best.cosine, found.best.overlap):
            return done(compose.silent(*abstain.NO_EVIDENCE))
        self._gate.give_way()  # others wait for their passages; this reader has them
        conflicts = conflict.detect(standalone, [s.sentence for s in found.ranked], found.relevance)
        disputed = any(c.kind == "disputed" for c in conflicts)
        if conflicts and (disputed or not asks_yes_no(standalone) or self._model() is None):  # "Yes" has to be written
            outcome = dated(compose.compared(conflicts, found.sentences))
            yield from _checked_sentences(outcome, clock)
            return done(outcome)
        worker = self._model()
        if worker is None:
            return done(dated(compose.quoted(found.best.sentence, self.llm_problem)))

        outcome = dated((yield from self._told(worker, standalone, found, conflicts, asking)))
        if conflicts and outcome.status == "not_found":
            outcome = dated(compose.latest(conflicts, found.sentences))
        elif conflicts:
            outcome = replace(outcome, conflicts=tuple(conflicts))
        yield from _checked_sentences(outcome, clock)
        return done(outcome)

    def _told(
        self, worker: Worker, question: str, found: Found, conflicts: Sequence[Conflict], asking: Asking
    ) -> Generator[Event, None, compose.Outcome]:
        """What the model makes of what was found, when the question's turn comes."""
        check = self._checker(found, question, asking)

        def work(llm: LLM) -> Generator[Event, None, compose.Outcome]:
            return (yield from telling.told(llm, question, found, conflicts, check, asking))

        return (yield from in_turn(worker, work, asking))

    def _settled(self, parts: compound_answer.Parts, asking: Asking) -> Generator[Event, None, compose.Outcome]:
        """What answers a question of several clauses."""
        worker = self._model()
        if worker is None:
            return (yield from compound_answer.named(parts))

        def work(llm: LLM) -> Generator[Event, None, compose.Outcome]:
            return (yield from compound_answer.answer(llm, parts, self.archive.embedder, asking.cancel))

        return (yield from in_turn(worker, work, asking))

    def _draft(
        self, worker: Worker, question: str, found: Found, asking: Asking, write: bool = True
    ) -> Generator[Event, None, drafting.Draft]:
        """The model's draft with its checks, written when the question's turn comes."""
        check = self._checker(found, question, asking)

        def work(llm: LLM) -> Generator[Event, None, drafting.Draft]:
            read = telling.first_evidence(llm, question, found, asking)
            return (yield from drafting.draft(llm, question, read, check, cancel=asking.cancel, write=write))

        return (yield from in_turn(worker, work, asking))

    @property
    def llm_name(self) -> str | None:
        """The language model's name; None before it is loaded, and where there is none."""
        return self._worker.name if self._worker else None

    def reply(
        self, asked: Prompt, *, max_tokens: int, stop: Sequence[str] = (), cancel: Cancel | None = None, asker: str = ""
    ) -> str:
        """What the model replies to a prompt when its turn comes: unchecked, so never for readers as it stands.

        Raises ModelError where there is no language model, Cancelled, QueueFullError.
        """
        worker = self._model()
        if worker is None:
            raise ModelError(self.llm_problem or "No language model is set.", "Set one, see `copydesk models list`.")

        def work(llm: LLM) -> Generator[Event, None, str]:
            yield from ()
            return complete(llm, asked, max_tokens=max_tokens, stop=stop, cancel=cancel).text

        return finish(worker.run(work, cancel, asker=asker))

    def examine(self, question: Question, *, write: bool = True) -> tuple[str, Found, drafting.Draft]:
        """The question as searched, what was found and the draft with its checks, before anything is decided.

        Without ``write`` the model reads the evidence and writes nothing. For measuring: ``ask`` is what answers.
        Raises ModelError where there is no language model.
        """
        asking = Asking(Clock(), Cancel())
        worker = self._model()
        if worker is None:
            raise ModelError(self.llm_problem or "No language model is set.", "Set one, see `copydesk models list`.")
        asked = self._checked(question.text)
        standalone = finish(self._read(asked, question.history, question.filter, asking)).question
        found = self.find(standalone, question.filter)
        return standalone, found, finish(self._draft(worker, standalone, found, asking, write))

    def find(self, question: str, filter: Filter = Filter()) -> Found:  # noqa: B008 (it is frozen)
        """What is retrieved for a question that stands alone: passages, and their sentences by promise."""
        return finding.find(self.archive, question, filter, Clock())

    def _read(
        self, question: str, history: Sequence[Message], filter: Filter, asking: Asking
    ) -> Generator[Event, None, following.Reading]:
        """The question as it will be searched: written out by the model where nothing else tells it. As that takes a
        while, the passages found for it as code would have it are shown meanwhile."""
        with asking.clock.timed("retrieve"):
            reading = following.read(question, history, lambda query: self._near(query, filter))
        if reading.settled:
            return reading
        guess, worker = conversation.fall_back(reading.question, history), self._model()
        if worker is None:
            return following.written(question, guess)
        if guess:
            with asking.clock.timed("retrieve"), self._gate.search(self._gate.draw()):
                found = finding.find(self.archive, guess, filter, asking.clock)
            yield Event("evidence", {"passages": to_json(compose.retrieved(found.hits[:SHOWN], found.highlights))})

        def work(llm: LLM) -> Generator[Event, None, str | None]:
            yield from ()
            return rewriting.standalone(llm, reading.question, history, asking.cancel)

        return following.written(question, (yield from in_turn(worker, work, asking)))

    def _near(self, query: str, filter: Filter) -> list[Hit]:
        with self._gate.search(self._gate.draw()):
            return self.archive.search(query, SHOWN, filter)

    def _checker(self, found: Found, question: str, asking: Asking) -> Callable[[str], Check]:
        return telling.checker(self.archive.embedder, self._opinion, found, question, asking.clock)

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
        return ModelInfo(self.llm_name, self.archive.embedder.name, prompt.load("answer").label)


def _quoted_further(outcome: compose.Outcome, found: Found | compound_answer.Parts) -> tuple[Retrieved, ...]:
    """The passages beyond the listed ones that are quoted, so that every quote has its passage."""
    cited = {quote.passage_id for check in outcome.checks for quote in check.quotes}
    return compose.retrieved([hit for hit in found.hits[SHOWN:] if hit.passage.id in cited], found.highlights)


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
