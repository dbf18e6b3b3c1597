"""One model, many questions: order, turns, positions, stops, errors."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator

import pytest

from rag.errors import Cancelled, ModelError, QueueFullError
from rag.llm.base import LLM, Cancel, Completion, Prompt, complete
from rag.llm.worker import NICE, Worker
from rag.types import Message
from tests.fakes_llm import ScriptedLLM

PROMPT = Prompt((Message("user", "Which ship?"),))


@pytest.fixture
def llm() -> ScriptedLLM:
    return ScriptedLLM(["The ferry ran aground."])


@pytest.fixture
def worker(llm: ScriptedLLM) -> Iterator[Worker]:
    worker = Worker(llm, queue_size=2)
    yield worker
    worker.close()


def answering(cancel: Cancel | None = None) -> Callable[[LLM], Generator[str, None, Completion]]:
    def work(llm: LLM) -> Generator[str, None, Completion]:
        return (yield from llm.stream(PROMPT, max_tokens=20, cancel=cancel))

    return work


class Held:
    """A job that holds the worker until let go."""

    def __init__(self, worker: Worker) -> None:
        self.cancel = Cancel()
        self._go, began = threading.Event(), threading.Event()

        def work(_: LLM) -> Iterator[int]:
            began.set()
            self._go.wait(10)
            yield 1

        self.thread = threading.Thread(target=lambda: list(worker.run(work, self.cancel)))
        self.thread.start()
        assert began.wait(5)

    def let_go(self) -> None:
        self._go.set()
        self.thread.join(5)
        assert not self.thread.is_alive()


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.002)


def test_items_come_back_in_order_and_the_result_is_returned(worker: Worker, llm: ScriptedLLM) -> None:
    run = worker.run(answering())
    items = []
    with pytest.raises(StopIteration) as end:
        while True:
            items.append(next(run))
    assert "".join(items) == "The ferry ran aground."
    assert end.value.value.text == "The ferry ran aground."


def test_the_model_is_used_on_one_thread_that_is_not_the_callers(worker: Worker, llm: ScriptedLLM) -> None:
    threads = [threading.Thread(target=lambda: list(worker.run(answering()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(llm.threads) == 1
    assert threading.current_thread().name not in llm.threads


def test_a_cancel_can_serve_several_jobs_of_one_question(worker: Worker) -> None:
    cancel = Cancel()
    for _ in range(2):
        assert "".join(worker.run(answering(cancel), cancel)) == "The ferry ran aground."
    assert not cancel.is_set()


def test_errors_reach_the_caller_and_the_worker_lives_on(worker: Worker) -> None:
    def broken(_: LLM) -> Iterator[str]:
        yield "a"
        raise ModelError("It broke.", "Fix it.")

    run = worker.run(broken)
    assert next(run) == "a"
    with pytest.raises(ModelError, match="It broke"):
        next(run)
    assert "".join(worker.run(answering())) == "The ferry ran aground."


def test_a_full_queue_refuses_and_says_so(worker: Worker) -> None:
    held = Held(worker)
    waiting = [threading.Thread(target=lambda: list(worker.run(answering()))) for _ in range(2)]
    for thread in waiting:
        thread.start()
    wait_until(lambda: worker.waiting == 2)
    with pytest.raises(QueueFullError):
        next(worker.run(answering()))
    held.let_go()
    for thread in waiting:
        thread.join(5)
    assert worker.waiting == 0
    assert "".join(worker.run(answering())) == "The ferry ran aground."


def test_positions_count_down_to_zero(worker: Worker) -> None:
    held = Held(worker)
    seen: dict[str, list[int]] = {"first": [], "second": []}
    threads = []
    for n, name in enumerate(seen, start=1):
        thread = threading.Thread(target=lambda name=name: list(worker.run(answering(), None, seen[name].append)))
        thread.start()
        threads.append(thread)
        wait_until(lambda n=n: worker.waiting == n)
    held.let_go()
    for thread in threads:
        thread.join(5)
    assert seen == {"first": [1, 0], "second": [2, 1, 0]}


def test_askers_take_turns_and_a_place_lost_to_another_is_told() -> None:
    worker = Worker(ScriptedLLM(["."]), queue_size=8)
    held = Held(worker)  # of the asker ""
    order: list[str] = []
    seen: dict[str, list[int]] = {}
    threads = []

    def ask(name: str, asker: str) -> None:
        def work(_: LLM) -> Iterator[str]:
            order.append(name)
            yield name

        list(worker.run(work, None, seen.setdefault(name, []).append, asker))

    asked = [("script 1", "script"), ("script 2", "script"), ("script 3", "script"), ("reader", "reader")]
    for n, who in enumerate(asked, start=1):
        threads.append(threading.Thread(target=ask, args=who))
        threads[-1].start()
        wait_until(lambda n=n: worker.waiting == n)
    held.let_go()
    for thread in threads:
        thread.join(5)
    worker.close()
    assert order == ["script 1", "reader", "script 2", "script 3"]
    assert seen == {
        "script 1": [1, 0],
        "reader": [2, 1, 0],
        "script 2": [2, 3, 2, 1, 0],
        "script 3": [3, 4, 3, 2, 1, 0],
    }


def test_one_that_leaves_the_line_moves_up_those_behind_it_at_once(worker: Worker) -> None:
    held = Held(worker)
    cancel, seen = Cancel(), list[int]()

    def ask() -> None:
        with pytest.raises(Cancelled):
            list(worker.run(answering(), cancel))

    gone = threading.Thread(target=ask)
    gone.start()
    wait_until(lambda: worker.waiting == 1)
    behind = threading.Thread(target=lambda: list(worker.run(answering(), None, seen.append)))
    behind.start()
    wait_until(lambda: worker.waiting == 2)
    cancel.set()
    wait_until(lambda: seen == [2, 1])
    assert held.thread.is_alive()
    held.let_go()
    for thread in (gone, behind):
        thread.join(5)
    assert seen == [2, 1, 0]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere threads have no priority of their own")
def test_the_model_and_its_threads_give_way_to_searches(worker: Worker) -> None:
    def work(_: LLM) -> Iterator[int]:
        started: list[int] = []
        helper = threading.Thread(target=lambda: started.append(nice()))
        helper.start()
        helper.join()
        yield from (nice(), *started)

    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert list(worker.run(work)) == [NICE, NICE]
    assert nice() < NICE, "the caller keeps its own"


def test_what_on_position_returns_is_yielded_among_the_items(worker: Worker) -> None:
    items = list(worker.run(answering(), None, lambda ahead: f"[{ahead} ahead]"))
    assert items[0] == "[0 ahead]" and "".join(items[1:]) == "The ferry ran aground."


def test_a_waiting_job_stops_at_once_and_never_runs(worker: Worker, llm: ScriptedLLM) -> None:
    held = Held(worker)
    cancel = Cancel()
    caught: list[BaseException] = []

    def ask() -> None:
        try:
            list(worker.run(answering(cancel), cancel))
        except Cancelled as error:
            caught.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    wait_until(lambda: worker.waiting == 1)
    cancel.set()
    thread.join(2)  # while the other job still runs
    assert caught and held.thread.is_alive()
    assert worker.waiting == 0
    held.let_go()
    assert llm.prompts == []


def test_a_running_job_stops_between_words() -> None:
    worker = Worker(ScriptedLLM(["word " * 1000], delay=0.01))
    cancel = Cancel()
    run = worker.run(answering(cancel), cancel)
    assert next(run)
    cancel.set()
    with pytest.raises(Cancelled):
        list(run)
    worker.close()


def test_a_caller_that_leaves_stops_its_job() -> None:
    llm = ScriptedLLM(["word " * 1000, "done"], delay=0.01)
    worker = Worker(llm)
    cancel = Cancel()
    run = worker.run(answering(cancel), cancel)
    next(run)
    run.close()
    assert cancel.is_set()
    started = time.monotonic()
    assert "".join(worker.run(answering())) == "done"
    assert time.monotonic() - started < 5  # not the ten seconds the first reply takes
    worker.close()


def test_a_slow_reader_holds_nobody_up(worker: Worker) -> None:
    slow = worker.run(answering())
    next(slow)
    assert "".join(worker.run(answering())) == "The ferry ran aground."
    assert "".join(slow) == " ferry ran aground."


def test_close_stops_everything_closes_the_model_and_refuses_new_jobs() -> None:
    llm = ScriptedLLM(["word " * 1000], delay=0.01)
    worker = Worker(llm)
    cancel = Cancel()
    run = worker.run(answering(cancel), cancel)
    next(run)
    worker.close()
    worker.close()
    with pytest.raises(Cancelled):
        list(run)
    assert llm.closed == 1
    with pytest.raises(ModelError):
        next(worker.run(answering()))


def test_the_model_can_be_loaded_on_the_workers_thread() -> None:
    where: list[str] = []

    def load() -> LLM:
        where.append(threading.current_thread().name)
        return ScriptedLLM(["hello"])

    worker = Worker(load)
    assert worker.name is None and where == []
    assert "".join(worker.run(answering())) == "hello"
    assert worker.name == "scripted"
    assert where and where[0] != threading.current_thread().name
    worker.close()


def test_a_loading_error_reaches_every_caller() -> None:
    def load() -> LLM:
        raise ModelError("No such model.", "Pull it.")

    worker = Worker(load)
    for _ in range(2):
        with pytest.raises(ModelError, match="No such model"):
            list(worker.run(answering()))
    worker.close()


def test_complete_gives_the_whole_reply(llm: ScriptedLLM) -> None:
    assert complete(llm, PROMPT, max_tokens=2).text == "The ferry"
