"""What make bench-speed makes of timings, and how it asks; the timings themselves need a quiet machine."""

from __future__ import annotations

import io
import json
import sys
from types import SimpleNamespace

import pytest

from eval.known import KnownQuestion
from eval.metrics import Outcome
from eval.speed import __main__ as speed
from eval.speed import figures, page, peer, plots, server, starting, stopping
from eval.speed.asking import Asked, record, spread, watch, with_other
from rag.errors import CopydeskError
from rag.types import Event
from tests.fakes_eval import answer


def known(id="q", expect="answered", contain=(("212",),), **more):
    return KnownQuestion(id, f"How many, {id}?", expect, must_contain=contain, gold_sources=("a",), **more)


def asked(id="q", total=2000.0, first=1000.0, correct=True, expect="answered", **more):
    outcome = Outcome(id, expect, "answered" if correct else "not_found", correct)
    return Asked(known(id, expect), outcome, 50.0, first, None, total, **more)


# --- asking ---------------------------------------------------------------------------------------


def test_a_sample_is_spread_evenly_and_always_the_same():
    assert spread("abcdefghij", 4) == ["a", "c", "f", "h"]  # places 0, 2.5, 5, 7.5, rounded down
    assert spread("abc", 3) == spread("abc", 9) == spread("abc", None) == ["a", "b", "c"]


def test_moments_are_from_the_request_and_the_first_readable_word_counts():
    clock = iter([10.0, 10.1, 10.2, 10.4, 10.5, 11.0, 12.0])
    events = [
        Event("evidence", {"passages": []}),
        Event("token", {"text": "  "}),  # nothing a reader can see
        Event("token", {"text": "The"}),
        Event("token", {"text": " ferry"}),
        Event("sentence", {"text": "The ferry."}),
        Event("answer", answer("The ferry", ("a", "The ferry")).to_dict()),
    ]
    seen = watch(iter(events), lambda: next(clock))
    assert seen.evidence == pytest.approx(100)
    assert seen.first_token == pytest.approx(400)
    assert seen.first_sentence == pytest.approx(1000)
    assert seen.total == pytest.approx(2000)
    assert seen.drafted == "  The ferry"


def test_an_answer_by_code_is_readable_with_its_first_sentence_and_a_refusal_never():
    clock = iter([0.0, 0.3, 0.4])
    said = [Event("sentence", {"text": "Fourteen."}), Event("answer", answer("Fourteen", ("a", "x")).to_dict())]
    assert watch(iter(said), lambda: next(clock)).first_token == pytest.approx(300)
    clock = iter([0.0, 0.5])
    silent = [Event("answer", answer(status="not_found").to_dict())]
    assert watch(iter(silent), lambda: next(clock)).first_token is None


def test_an_answer_that_breaks_off_is_an_error():
    with pytest.raises(CopydeskError):
        watch(iter([Event("token", {"text": "The"})]))


def test_other_is_what_the_stages_leave():
    assert with_other({"retrieve": 30.0, "prefill": 50.0}, 100.0)["other"] == 20.0
    assert with_other({"retrieve": 130.0}, 100.0)["other"] == 0.0


# --- figures, by hand -----------------------------------------------------------------------------


def test_times_by_hand():
    found = figures.times([float(n) for n in range(1, 21)] + [None])
    # nearest rank: the 10th and the 19th of twenty
    assert (found["p50"], found["p95"], found["n"]) == (10.0, 19.0, 20)
    assert 1 <= found["low"] <= 10 <= found["high"] <= 20
    assert figures.times([None])["p50"] is None


def test_a_summary_by_hand():
    some = [
        asked(
            "a",
            total=2000,
            stages_ms={"prefill": 1000.0, "decode": 500.0, "check": 200.0, "other": 300.0},
            uncached_tokens=150,
            completion_tokens=20,
            checked=2,
        ),
        asked(
            "b",
            total=4000,
            stages_ms={"prefill": 2000.0, "decode": 1500.0, "check": 90.0, "other": 410.0},
            uncached_tokens=250,
            completion_tokens=40,
            checked=1,
        ),
        asked("c", total=100, first=None, correct=False, stages_ms={"other": 100.0}, uncached_tokens=0, checked=3),
    ]
    found = figures.summary(some)
    assert found["stages_ms"]["prefill"] == 1000.0  # (1000 + 2000 + 0) / 3
    assert sum(found["stages_ms"].values()) == pytest.approx(6100 / 3, abs=0.1)  # the mean of the totals
    assert found["check_ms_a_sentence"] == 90.0  # of 100 and 90 the lower by nearest rank; c had nothing checked
    assert found["uncached_tokens"] == {"p50": 150, "p95": 250, "max": 250}
    assert found["prefill_tokens_s"] == 133.3  # 400 tokens in 3 s
    assert found["decode_tokens_s"] == 30.0  # 60 tokens in 2 s
    assert found["right"]["value"] == pytest.approx(2 / 3)
    assert found["first_token_ms"]["n"] == 2


def test_ratios_compare_the_same_questions_only():
    ours = [asked("a", 1000, 500), asked("b", 2000, 1000), asked("c", 9000, 9000), asked("d", 3000, None)]
    theirs = [asked("a", 8000, 6000), asked("b", 9000, 7000), asked("d", 12000, 9000)]
    found = figures.ratios(ours, theirs)
    # medians by nearest rank: totals 9000 over 2000 of three; first tokens 6000 over 500 of the two that showed some
    assert (found["total"]["value"], found["total"]["n"]) == (4.5, 3)
    assert (found["first_token"]["value"], found["first_token"]["n"]) == (12.0, 2)


def test_aims_are_met_missed_or_not_measured():
    run = {
        "answers": {"first_token_ms": {"p50": 1500.0, "p95": 2600.0}},
        "decoding": {"ratio": 1.39},
        "peer": {
            "ratios": {"total": {"value": 3.0}},
            "right": {"value": 0.5},
            "ours": {"right": {"value": 0.5}},
        },
        "starting": {"server": {"added_s": 0.2}},
    }
    met = {aim.key: aim.met for aim in figures.aims(run)}
    assert (met["ttft_p50"], met["ttft_p95"], met["decoding"]) == (True, False, False)
    assert (met["ratio_total"], met["ratio_right"], met["ask_server"]) == (True, True, True)
    assert met["ratio_ttft"] is met["help"] is met["evidence_100k"] is None


# --- the peer's text ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "The provided sources do not mention how many were hurt.",
        "None of the sources is of use.",
        "It is not stated who won [2].",
        "There is no information about the ferry in the sources.",
        "The sources don't directly answer this question.",
        "I cannot tell from these sources.",
        "",
    ],
)
def test_any_hint_that_the_sources_do_not_tell_is_a_refusal(text):
    assert peer.says_it_does_not_know(text)
    assert peer.judge_text(known(expect="not_found", contain=()), text).correct


@pytest.mark.parametrize("text", ["The ferry carried 212 passengers [1].", "No, the mayor resigned in May [3]."])
def test_a_plain_statement_is_no_refusal(text):
    assert not peer.says_it_does_not_know(text)
    assert peer.judge_text(known(expect="not_found", contain=()), text).why


def test_the_peer_is_right_with_the_expected_words_even_if_it_doubts():
    text = "Source 2 does not say so, but 212 passengers were on board [1]."
    assert peer.judge_text(known(), text).correct
    assert peer.judge_text(known(), "About 200 [212].").why == "lacks what is expected"  # a marker is no number
    assert peer.judge_text(known(must_not_contain=("sank",)), "212 drowned when it sank.").why == "says 'sank'"


def test_the_peer_need_not_say_yes_or_no_but_must_not_say_the_other():
    question = known(contain=(("no",), ("unhurt",)))
    assert peer.judge_text(question, "He was unhurt.").correct
    assert not peer.judge_text(question, "Yes, he was unhurt.").correct
    assert peer.judge_text(known(contain=(("yes",),)), "Reinforcements arrived.").correct
    assert not peer.judge_text(known(contain=(("yes",),)), "The sources do not mention it.").correct


def test_of_a_dispute_the_peer_must_show_all_values():
    question = KnownQuestion(
        "q", "?", "conflicting", conflict_values=(("17",), ("dozen", "12")), gold_sources=("a", "b")
    )
    assert peer.judge_text(question, "At least 17 [1], or a dozen [2].").correct
    assert not peer.judge_text(question, "At least 17 [1].").correct


def test_the_peer_is_asked_by_lines_and_timed_from_outside():
    told = [
        {"event": "token"},
        {
            "event": "answer",
            "text": "212 passengers",
            "uncached_tokens": 2400,
            "completion_tokens": 9,
            "stages_ms": {"retrieve": 100.0, "prefill": 15000.0, "decode": 800.0},
        },
    ]
    process = SimpleNamespace(
        stdin=io.StringIO(), stdout=io.StringIO("".join(f"{json.dumps(t)}\n" for t in told)), wait=lambda: 1
    )
    clock = iter([0.0, 15.1, 16.0])
    beside = peer.Peer(process)
    found = beside.ask(known(), lambda: next(clock))
    assert json.loads(process.stdin.getvalue()) == "How many, q?"
    assert (found.first_token_ms, found.total_ms) == (15100, 16000)
    assert found.stages_ms["other"] == pytest.approx(100)
    assert found.outcome.correct
    with pytest.raises(RuntimeError, match="ended with code 1"):
        beside.ask(known())


def test_without_llamaindex_it_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(peer.importlib.util, "find_spec", lambda name: None)
    with (
        pytest.raises(RuntimeError, match=r"\.\[bench\]"),
        peer.running(tmp_path / "model", tmp_path, tmp_path / "log"),
    ):
        pass


# --- processes ------------------------------------------------------------------------------------


def test_a_server_that_ends_says_why(monkeypatch, tmp_path):
    monkeypatch.setattr(server, "COMMAND", (sys.executable, "-c", "print('no port'); raise SystemExit(3)"))
    with pytest.raises(RuntimeError, match="no port"), server.serving(tmp_path, tmp_path / "log"):
        pass


def test_the_first_word_is_looked_for_on_a_terminal(monkeypatch, tmp_path):
    script = (
        "import sys, time\n"
        "assert sys.stdout.isatty()\n"
        "print('Reading 8 passages, Theodor', flush=True); time.sleep(0.3)\n"
        "print('\\x1b[2K\\x1b[2mThe ferry', flush=True); time.sleep(60)\n"
    )
    monkeypatch.setattr(starting, "_command", lambda: [sys.executable, "-c", script])
    assert 0.3 < starting.ask_s(tmp_path, "?", "The") < 10
    monkeypatch.setattr(starting, "_command", lambda: [sys.executable, "-c", "print('Nothing')"])
    with pytest.raises(RuntimeError, match="Nothing"):
        starting.ask_s(tmp_path, "?", "The")


def test_make_run_is_measured_in_a_checkout_only_and_leaves_its_notes_as_they_were(monkeypatch, tmp_path):
    with pytest.raises(RuntimeError, match="no checkout"):
        starting.make_run(tmp_path, tmp_path / "archive", tmp_path / "log")
    (tmp_path / ".venv").mkdir()
    (tmp_path / "Makefile").touch()
    stamp = tmp_path / ".venv" / "copydesk-seeds.json"
    stamp.write_text('{"/home/archive": "seeds-as-they-are"}')
    known = []

    def page_s(root, archive, log):
        known.append(json.loads(stamp.read_text())[str(archive)])
        raise RuntimeError("no page")

    monkeypatch.setattr(starting, "_page_s", page_s)
    with pytest.raises(RuntimeError, match="no page"):
        starting.make_run(tmp_path, tmp_path / "archive", tmp_path / "log")
    assert known == ["seeds-as-they-are"]  # so that nothing is indexed again
    assert stamp.read_text() == '{"/home/archive": "seeds-as-they-are"}'


def test_the_word_to_look_for():
    assert starting.first_word(" “The Taliban’s ...") == "The"
    assert starting.first_word("2,442 soldiers") == "2"


def test_stopping_counts_until_the_next_question_has_the_model(monkeypatch):
    closed = []

    class Desk:
        def __init__(self, url):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def stream(self, question):
            try:
                yield Event("evidence", {})
                waited = answer("The ferry", ("a", "The ferry")).to_dict()
                waited["stages_ms"] = {"queue": 400.0}
                yield Event("answer", waited)
            finally:
                closed.append(question.text)

    monkeypatch.setattr(stopping, "RemoteDesk", Desk)
    monkeypatch.setattr(stopping, "INTO_PREFILL_S", 0.0)
    found = stopping.measure("http://here", [known("a"), known("b")])
    assert 0.4 <= found["p50_s"] <= found["max_s"] < 1
    assert found["n"] == 2
    assert closed == ["How many, a?", "How many, b?", "How many, b?", "How many, a?"]


# --- the run --------------------------------------------------------------------------------------


def test_a_part_that_fails_is_named_and_the_others_go_on():
    bench = speed.Bench(["answers", "readers"])
    run = bench.run

    def broken():
        raise RuntimeError("no server")

    assert bench.attempt("readers", broken) is None
    assert run["failed"] == {"readers": "RuntimeError: no server"}
    assert bench.attempt("stopping", broken) is None  # not wanted, so not tried
    bench.note("answers", bench.attempt("answers", lambda: {"n": 3}))
    bench.note("answers", None)
    assert run["answers"] == {"n": 3}


def test_what_was_measured_before_it_was_stopped_is_shown(monkeypatch, capsys):
    def stopped(bench, *_):
        bench.note("answers", figures.summary([asked("a", total=1234.0, stages_ms={"other": 1234.0})]))
        raise KeyboardInterrupt

    monkeypatch.setattr(speed, "measure", stopped)
    monkeypatch.setattr(speed.signal, "signal", lambda *_: None)
    assert speed.main(["--only", "answers"]) == 130
    printed = capsys.readouterr().out
    assert "1.23 s" in printed and "stopped: not all was measured" in printed
    assert json.loads(printed.splitlines()[-1])["answers"]["n"] == 1


def test_a_part_of_its_own_prints_its_figures_last(monkeypatch):
    done = SimpleNamespace(stdout='so far so good\n{"ratio": 1.5}\n', returncode=0)
    monkeypatch.setattr(speed.subprocess, "run", lambda *_, **__: done)
    assert speed.module("decoding") == {"ratio": 1.5}
    done.returncode = 2
    with pytest.raises(RuntimeError, match="decoding ended with code 2"):
        speed.module("decoding")


def test_the_page_has_a_place_before_anything_is_measured(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(speed, "measure", lambda *_: pytest.fail("measured for nothing"))
    assert speed.main(["--html", str(tmp_path / "nowhere" / "speed.html")]) == 2
    assert "no folder" in capsys.readouterr().err


def test_a_server_that_does_not_start_is_a_failure_like_others(monkeypatch, tmp_path):
    def ends(*_):
        raise RuntimeError("the server ended")

    monkeypatch.setattr(speed, "resolve_llm", lambda settings: tmp_path / "model.gguf")
    monkeypatch.setattr(speed, "make_archive", lambda *_: None)
    monkeypatch.setattr(speed, "serving", ends)
    monkeypatch.setattr(speed, "module", lambda name, *_: {"ratio": 1.6})
    settings = SimpleNamespace(llm_url=None, embedder="e", bench_dir=None)
    bench = speed.Bench(["answers", "peer", "decoding", "evidence"])
    speed.measure(bench, 3, 1, settings)
    run = bench.run
    assert run["failed"] == {"answers, peer": "RuntimeError: the server ended"}
    assert run["left_out"] == {"evidence": "COPYDESK_BENCH_DIR is not set"}
    assert {aim.key: aim.met for aim in figures.aims(run)}["decoding"] is True


def test_parts_are_named_by_hand():
    options = speed._parser().parse_args(["--only", "answers, peer", "--skip", "peer", "--n", "5"])
    assert (options.only, options.skip, options.n, options.peer_n) == (["answers", "peer"], ["peer"], 5, 24)
    with pytest.raises(SystemExit):
        speed._parser().parse_args(["--only", "answer"])
    with pytest.raises(SystemExit):
        speed._parser().parse_args(["--n", "0"])


# --- plots and page -------------------------------------------------------------------------------


def test_stacked_bars_share_one_scale():
    drawn = plots.stacks([("a<b", {"prefill": 3000.0, "decode": 1000.0}), ("half", {"prefill": 2000.0, "check": 0.0})])
    assert "* 1.0000)" in drawn and "* 0.5000)" in drawn
    assert 'width:75.00%;background:var(--prefill)" title="prefill: 3.00 s"' in drawn
    assert drawn.count("<span style") == 3  # nothing is drawn of a stage that took no time
    assert "a&lt;b" in drawn and "4.00 s" in drawn


def test_columns_stand_in_the_order_of_their_totals():
    records = [
        {"id": "slow", "question": "?", "stages_ms": {"retrieve": 1000.0, "prefill": 3000.0}},
        {"id": "quick", "question": "?", "stages_ms": {"retrieve": 1000.0}},
    ]
    drawn = plots.columns(records, height=100)
    assert drawn.index("quick") < drawn.index("slow")
    # 4 s are 100 high: one second 25; the slow one's prefill lies on its retrieval, 75 high, from the top down
    assert 'x="6.00%" width="40.42%" y="75.0" height="25.0" fill="var(--retrieve)"' in drawn
    assert 'x="53.00%" width="40.42%" y="0.0" height="75.0" fill="var(--prefill)"' in drawn
    assert plots.columns([]) == ""


def test_a_distribution_rises_by_equal_steps_on_a_logarithmic_scale():
    drawn = plots.distributions([("peer's", "red", True, [10.0, 1.0]), ("none", "blue", False, [])], height=100)
    # from 1 to 10 s: 7% to 99% across; the first value at half the height, the second at all of it
    assert '<line x1="7.00%" x2="7.00%" y1="108.0" y2="58.0"' in drawn
    assert '<line x1="7.00%" x2="99.00%" y1="58.0" y2="58.0"' in drawn
    assert '<line x1="99.00%" x2="99.00%" y1="58.0" y2="8.0"' in drawn
    assert "none" not in drawn and "stroke-dasharray" in drawn
    assert plots.distributions([]) == ""


def test_round_steps_and_ticks():
    assert [plots.nice_step(x) for x in (0.07, 1.0, 1.2, 3.0, 7.0)] == pytest.approx([0.1, 1, 2, 5, 10])
    assert plots.ticks_around(0.06, 3.0) == pytest.approx([0.05, 0.1, 0.2, 0.5, 1, 2, 5])


def run_of(ours, theirs=()):
    run = {
        "started_at": "2026-01-01",
        "machine": {"cpu": "<b>fast</b>", "cores": 2},
        "model": {"llm": "m", "embedder": "e"},
        "failed": {"readers": "RuntimeError: <none>"},
        "left_out": {"evidence": "no benchmark"},
        "records": [record("copydesk", one) for one in ours] + [record("peer", one) for one in theirs],
    }
    if ours:
        run["answers"] = figures.summary(ours)
    if theirs:
        run["peer"] = {"name": peer.NAME, **figures.summary(theirs)}
        run["peer"] |= {"ours": figures.summary(ours), "ratios": figures.ratios(ours, theirs)}
    run["aims"] = [
        {"key": a.key, "label": a.label, "value": a.value, "reach": a.reach, "unit": a.unit, "at_most": a.at_most}
        | {"met": a.met}
        for a in figures.aims(run)
    ]
    return run


def test_the_page_stands_alone_and_hides_no_failure(capsys):
    stages = {"retrieve": 50.0, "prefill": 900.0, "decode": 1050.0}
    ours = [asked("a", stages_ms=stages, text="<script>"), asked("b", stages_ms=stages, first=None)]
    run = run_of(ours, [asked("a", 16000, 15000, False, stages_ms=stages, uncached_tokens=2400)])
    made = page.page(json.loads(json.dumps(run)))
    assert "<b>fast" not in made and "<script" not in made
    assert "http" not in made.replace("http-equiv", "")
    assert "readers: RuntimeError: &lt;none&gt;" in made
    assert "takes 15 times as long" in made  # 15 s over 1 s
    assert "1.00 s" in made and "not measured" in made
    page.tables(run)
    printed = capsys.readouterr().out
    assert "FAILED: readers" in printed and "Left out: evidence: no benchmark." in printed
    assert "15.00×" in printed


def test_a_run_of_other_parts_alone_has_a_page_too(capsys):
    made = page.page(run_of([]))
    assert "Where the time" not in made and "Aim" in made
    page.tables(run_of([]))
    assert "not measured" in capsys.readouterr().out
