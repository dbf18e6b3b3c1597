"""Searches go one at a time, and before what can wait."""

from __future__ import annotations

import threading
import time
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
