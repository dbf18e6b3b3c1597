"""The line in front of the model: askers take turns, and the positions told are true."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from rag.llm.line import Line

Job = tuple[str, int]  # who asks, and the job's number

# what happens to a line: an asker joins, the running job ends and the next starts, or the n-th waiting one leaves
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), st.sampled_from("abcd")),
        st.tuples(st.just("next"), st.just("")),
        st.tuples(st.just("leave"), st.integers(0, 20).map(str)),
    ),
    max_size=60,
)


def step(line: Line[Job]) -> Job | None:
    line.done()
    return line.start()


class Played:
    """A line after some acts, with the jobs that ran and the moments at which each came and ran."""

    def __init__(self, acts: list[tuple[str, str]]) -> None:
        self.line: Line[Job] = Line()
        self.came: dict[Job, int] = {}
        self.beside: dict[Job, Job | None] = {}  # what ran when a job came
        self.ran: dict[Job, int] = {}
        self.left: set[Job] = set()
        self.now = 0
        for act, what in acts:
            self.now += 1
            if act == "join":
                job = (what, self.now)
                self.line.join(what, job)
                self.came[job], self.beside[job] = self.now, self.line.running
            elif act == "next":
                self.run_next()
            elif waiting := list(self.line):
                job = waiting[int(what) % len(waiting)]
                assert self.line.leave(job)
                self.left.add(job)

    def run_next(self) -> Job | None:
        self.now += 1
        job = step(self.line)
        if job is not None:
            self.ran[job] = self.now
        return job

    def drain(self) -> None:
        while self.run_next() is not None:
            pass


def test_askers_take_turns_and_keep_their_own_order() -> None:
    line: Line[Job] = Line()
    for n in range(3):
        line.join("script", ("script", n))
    assert line.start() == ("script", 0)
    line.join("reader", ("reader", 0))
    line.join("other", ("other", 0))
    line.join("reader", ("reader", 1))
    order = []
    while (job := step(line)) is not None:
        order.append(job)
    assert order == [("reader", 0), ("other", 0), ("script", 1), ("reader", 1), ("script", 2)]


def test_a_line_of_one_asker_is_first_come_first_served() -> None:
    line: Line[Job] = Line()
    for n in range(4):
        line.join("", ("", n))
    assert [n for _, n in line] == [0, 1, 2, 3]
    assert [ahead for _, ahead in line.positions()] == [0, 1, 2, 3]
    line.start()
    assert [ahead for _, ahead in line.positions()] == [1, 2, 3]


@given(ACTS)
def test_every_job_runs_once_unless_it_leaves(acts: list[tuple[str, str]]) -> None:
    played = Played(acts)
    played.drain()
    assert set(played.ran) == set(played.came) - played.left
    assert len(played.line) == 0 and list(played.line) == []


@given(ACTS)
def test_positions_never_lie(acts: list[tuple[str, str]]) -> None:
    played = Played(acts)
    told = dict(played.line.positions())
    assert len(told) == len(played.line)
    ended = 0  # jobs that ended before the next one starts
    if played.line.running is not None:
        ended = 1
    while (job := step(played.line)) is not None:
        assert told.pop(job) == ended
        ended += 1
    assert not told


@settings(max_examples=400)
@given(ACTS)
def test_before_an_askers_next_job_no_other_gets_more_than_one(acts: list[tuple[str, str]]) -> None:
    played = Played(acts)
    played.drain()
    for job, ran in played.ran.items():
        own = [at for other, at in played.ran.items() if other[0] == job[0] and at < ran]
        since = max([played.came[job], *own])  # it is its asker's next from here on
        begun = [other for other, at in played.ran.items() if since < at < ran]
        if since == played.came[job] and (beside := played.beside[job]) is not None:
            begun.append(beside)
        for asker in {other[0] for other in begun} - {job[0]}:
            assert sum(other[0] == asker for other in begun) <= 1, (job, begun)


@given(ACTS, st.integers(0, 20))
def test_one_that_leaves_lets_those_behind_move_up(acts: list[tuple[str, str]], which: int) -> None:
    line = Played(acts).line
    waiting = list(line)
    if not waiting:
        assert not line.leave(("a", -1))
        return
    gone = waiting[which % len(waiting)]
    before = dict(line.positions())
    line.leave(gone)
    after = dict(line.positions())
    assert gone not in after and not line.leave(gone)
    mine = [job for job in waiting if job[0] != gone[0]]
    assert [job for job in line if job[0] != gone[0]] == mine, "the others keep their order"
    assert all(after[job] <= before[job] for job in after)
