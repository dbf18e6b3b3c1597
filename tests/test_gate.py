"""Searches go one at a time, and before what can wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.gate import Gate


def test_one_search_at_a_time() -> None:
    gate, inside, most = Gate(), 0, 0

    def search() -> None:
        nonlocal inside, most
        with gate.search():
            inside += 1
            most = max(most, inside)
            time.sleep(0.005)
            inside -= 1

    with ThreadPoolExecutor(8) as pool:
        for one in [pool.submit(search) for _ in range(8)]:
            one.result(5)
    assert most == 1


def test_who_came_first_goes_first_also_with_a_second_search() -> None:
    gate, order = Gate(), list[str]()
    go, early, late = threading.Event(), gate.draw(), gate.draw()

    def search(name: str, number: int) -> None:
        with gate.search(number):
            order.append(name)

    def hold() -> None:
        with gate.search():
            go.wait(10)

    with ThreadPoolExecutor(4) as pool:
        pool.submit(hold)
        until(lambda: gate._within)
        pool.submit(search, "late", late)
        until(lambda: len(gate._waiting) == 1)
        pool.submit(search, "early", early)
        until(lambda: len(gate._waiting) == 2)
        go.set()
    assert order == ["early", "late"]


def test_one_that_is_interrupted_while_it_waits_leaves_the_line() -> None:
    gate, go = Gate(), threading.Event()

    class Interrupted(Exception): ...

    class Turn(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            raise Interrupted

    def hold() -> None:
        with gate.search():
            go.wait(10)

    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(hold)
        until(lambda: gate._within)
        with pytest.MonkeyPatch.context() as patch, pytest.raises(Interrupted):
            patch.setattr("rag.gate.threading.Event", Turn)
            with gate.search():
                raise AssertionError
        go.set()
        held.result(5)
    with gate.search():
        pass
    gate.give_way(5)


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.002)


def test_other_work_waits_for_all_searches_but_not_for_long() -> None:
    gate, let_go = Gate(), threading.Event()

    def search() -> None:
        with gate.search():
            let_go.wait(10)

    with ThreadPoolExecutor(3) as pool:
        gate.give_way()  # nobody searches: at once
        searching = [pool.submit(search) for _ in range(2)]
        began = time.monotonic()
        gate.give_way(0.1)
        assert 0.09 < time.monotonic() - began < 2, "searches without end hold up nobody for ever"
        waiting = pool.submit(gate.give_way, 10)
        let_go.set()
        waiting.result(5)
        assert all(one.result(0.1) is None for one in searching)


def test_a_search_that_fails_lets_the_next_one_in() -> None:
    gate = Gate()
    with pytest.raises(ValueError), gate.search():
        raise ValueError
    with gate.search():
        pass
    gate.give_way(5)
