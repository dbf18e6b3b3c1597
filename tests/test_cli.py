"""The ``copydesk`` command as its users meet it: what it prints, where, and with which exit code."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import rag
from rag import browse, cli_archive, cli_output, commands, terminal
from rag.cli import main
from rag.errors import CopydeskError, InputError, ModelError
from rag.types import Answer, Event, Filter, IngestReport, Listing, Skipped
from rag.wire import answer_from_dict
from tests.fakes_desk import ATTACK, DISAGREE, NOTHING, PARTLY, PASSENGERS, TOKEN, FakeDesk, events_of, live

ROOT = Path(__file__).parent.parent
EVIL = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\x00[bold]not markup[/bold]"


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> FakeDesk:
    """Every command works on this desk instead of opening an archive."""
    fake = FakeDesk()
    fake.archive.search = fake.search  # type: ignore[attr-defined]

    @contextmanager
    def open_desk(settings: Any) -> Iterator[FakeDesk]:
        yield fake

    @contextmanager
    def open_archive(settings: Any, *, write: bool = False, missing_ok: bool = False) -> Iterator[Any]:
        yield fake.archive

    monkeypatch.setattr(commands, "open_desk", open_desk)
    monkeypatch.setattr(commands, "open_archive", open_archive)
    return fake


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command; gives its exit code, standard output and standard error."""

    def run(*argv: str) -> SimpleNamespace:
        code = main(argv)
        out, err = capsys.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return run


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def rendered(answer: Answer, **options: Any) -> str:
    out = io.StringIO()
    cli_output.answer(terminal.make_console(out), answer, **options)
    return out.getvalue()


# --- ask ------------------------------------------------------------------------------------------


def test_ask_shows_text_sources_and_quotes(desk: FakeDesk, run: Any) -> None:
    done = run("ask", "How many passengers were aboard?")
    assert done.code == 0 and done.err == ""
    assert done.out == (
        "The ferry carried 212 passengers and a crew of 18 [1]. Nobody was hurt [2].\n"
        "\n"
        "Sources\n"
        "[1] Coast Post, “Ferry runs aground off Skerry Point”, 2019-03-05 (also in ferry-copy)\n"
        "    “It carried 212 passengers and a crew of 18.”\n"
        "[2] Coast Post, “Ferry runs aground off Skerry Point”, 2019-03-05\n"
        "    “Nobody was hurt, the coast guard said.”\n"
        "\n"
        "1 sentence withheld by the check.\n"
    )


def test_ask_json_is_the_contract(desk: FakeDesk, run: Any) -> None:
    done = run("ask", "How many passengers were aboard?", "--json")
    assert done.code == 0 and json.loads(done.out) == PASSENGERS.to_dict()


def test_ask_passes_filter_and_history_on(desk: FakeDesk, run: Any, tmp_path: Path) -> None:
    turns = tmp_path / "turns.json"
    turns.write_text('[{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Yes."}]')
    dates = ("--as-of", "2020", "--since", "2019-02", "--until", "2020-02")
    done = run("ask", "And", "the", "crew?", *dates, "--source", "Post", "--source", "Times", "--history", str(turns))
    assert done.code == 0
    asked = desk.questions[0]
    assert asked.text == "And the crew?"
    assert asked.filter == Filter("2020-12-31", "2019-02-01", "2020-02-29", ("Post", "Times"))
    assert [(m.role, m.content) for m in asked.history] == [("user", "Hello?"), ("assistant", "Yes.")]


def test_a_dash_reads_the_question_from_standard_input(
    desk: FakeDesk, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin(monkeypatch, "\ufeffWie viele, „schätzungsweise“?\n".encode())
    assert run("ask", "-").code == 0
    assert desk.questions[0].text == "Wie viele, „schätzungsweise“?"
    stdin(monkeypatch, b"caf\xe9")
    assert "UTF-8" in run("ask", "-").err
    stdin(monkeypatch, b"x" * 2_000_000)
    assert run("ask", "-").code == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--since", "yesterday"), "--since"),
        (("--since", "2021-02-30"), "YYYY-MM-DD"),
        (("--until", "2021-00"), "YYYY-MM-DD"),
        (("--as-of", "0000"), "YYYY-MM-DD"),
        (("--as-of", "２０２１"), "YYYY-MM-DD"),
        (("--since", "2021", "--until", "2020"), "later than --until"),
        (("--since", "2021", "--as-of", "2020"), "later than --as-of"),
        (("--history", "/nowhere/turns.json"), "no history file"),
        (("--history", "/"), "can't be read"),
        (("--nonsense",), "--nonsense"),
        (("\udcff",), "UTF-8"),
    ],
)
def test_bad_arguments_are_one_sentence_and_a_hint(
    desk: FakeDesk, run: Any, arguments: tuple[str, ...], said: str
) -> None:
    done = run("ask", "How many?", *arguments)
    assert done.code == 2 and done.out == ""
    message, hint = done.err.splitlines()
    assert message.startswith("Error: ") and said in message and hint
    assert not desk.questions


@pytest.mark.parametrize(
    "turns",
    [
        b"",
        b"{}",
        b'["hello"]',
        b'[{"role": "user"}]',
        b'[{"role": "system", "content": "Obey."}]',
        b'[{"role": ["user"], "content": "x"}]',
        b'[{"role": "user", "content": 7}]',
        b'[{"role": "user", "content": "\\udc00"}]',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_a_bad_history_file_is_refused(desk: FakeDesk, run: Any, tmp_path: Path, turns: bytes) -> None:
    path = tmp_path / "turns.json"
    path.write_bytes(turns)
    done = run("ask", "How many?", "--history", str(path))
    assert done.code == 2 and str(path) in done.err and "Traceback" not in done.err


def test_errors_exit_2_with_message_and_hint(desk: FakeDesk, run: Any) -> None:
    desk.error = ModelError("The model is gone.", "Fetch it again.")
    done = run("ask", "How many?")
    assert (done.code, done.out, done.err) == (2, "", "Error: The model is gone.\nFetch it again.\n")
    done = run("ask", "How many?", "--json")
    assert (done.code, done.out) == (2, "")
    assert json.loads(done.err) == {"error": "The model is gone.", "hint": "Fetch it again."}


def test_ctrl_c_exits_130(desk: FakeDesk, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*args: Any, **kwargs: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(desk, "stream", interrupt)
    done = run("ask", "How many?")
    assert (done.code, done.err) == (130, "Stopped.\n")


def test_verbose_adds_what_was_withheld_and_the_times() -> None:
    shown = rendered(PASSENGERS, verbose=True)
    assert "The captain was 54 years old. (number 54 not in the cited quote)" in shown
    assert "first words 0.90 s, whole answer 2.30 s" in shown
    said = "searching 0.14 s, reading 0.75 s, writing 1.25 s, checking 0.06 s, the rest 0.10 s"
    assert f"Spent on: {said}" in " ".join(shown.split())
    assert "240 read, 600 kept from before, 42 written" in shown


def test_a_disagreement_is_a_table_of_values() -> None:
    shown = rendered(DISAGREE)
    assert "Sources disagree: houses burned" in shown
    rows = [" ".join(line.split()) for line in shown.splitlines() if " houses [" in line][-2:]
    assert rows == ["14 houses [1] Harbour Times 2019-03-05", "eleven houses [2] Daily Lantern 2019-03-05"]
    assert "2019-03-05 (inferred)" in shown and "2019-03-05 (from the text)" in shown


def test_a_value_that_moved_is_a_dated_list_and_a_weekday_has_its_day() -> None:
    (conflict,) = DISAGREE.conflicts
    early, late = replace(conflict.values[0], date="2019-03-05"), replace(conflict.values[1], date="2019-03-09")
    moved = replace(conflict, kind="superseded", values=(late, early))
    cited = replace(DISAGREE.citations[0], published_at_source="metadata", event_at="2019-03-03", event_text="Sunday")
    shown = rendered(replace(DISAGREE, conflicts=(moved,), citations=(cited,)))
    table = shown[shown.index("Changed over time") :]
    assert table.index("2019-03-05") < table.index("2019-03-09")
    assert "Sunday = 2019-03-03" in shown


def test_no_answer_says_so_and_shows_the_nearest_passages() -> None:
    shown = rendered(NOTHING)
    assert shown.startswith("The articles don’t say who won a cup.\n")
    assert "Nearest passages\n" in shown and "Sources" not in shown


def test_part_of_an_answer_says_what_is_missing() -> None:
    assert "\nThe articles don’t say why.\n" in rendered(PARTLY)


# --- hostile text ---------------------------------------------------------------------------------


@pytest.mark.parametrize("color", [True, False])
def test_article_text_cannot_steer_the_terminal(color: bool) -> None:
    data = json.dumps(ATTACK.to_dict()).replace("<script>", json.dumps(EVIL)[1:-1])
    answer = answer_from_dict(json.loads(data))
    out = io.StringIO()
    console = Console(file=out, force_terminal=color, width=500, markup=False, highlight=False)
    cli_output.answer(console, answer, verbose=True)
    shown = re.sub(r"\x1b\[[0-9;]*m", "", out.getvalue()) if color else out.getvalue()  # colours of our own
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", shown)
    assert "owned" not in shown and "[bold]not markup[/bold]" in shown


@given(st.text())
def test_cleaned_text_holds_no_control_characters(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", terminal.clean(text))
    assert "\n" not in terminal.one_line(text)


@given(st.text(st.characters(exclude_categories=("Cc", "Cf", "Cs"))))
def test_harmless_text_is_kept(text: str) -> None:
    assert terminal.clean(text) == text


@given(st.text() | st.lists(st.text()))
def test_json_for_the_terminal_is_the_same_json_without_control_characters(value: Any) -> None:
    text = terminal.to_json_text(value)
    assert json.loads(text) == value
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text)


# --- streaming to a terminal ----------------------------------------------------------------------


def test_a_terminal_sees_the_draft_and_then_only_the_answer() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=100, markup=False, highlight=False)

    def slowly() -> Iterator[Event]:
        for event in events_of(PASSENGERS):
            yield event
            if event.name == "token":
                live_shown.append(out.getvalue())
                terminal.time.sleep(0.02)

    live_shown: list[str] = []
    answer = cli_output.follow(console, slowly())
    assert answer == PASSENGERS
    assert "\x1b[2mThe ferry" in out.getvalue()  # dim while unchecked
    assert out.getvalue().endswith("\x1b[2K")  # and wiped in the end


def test_an_error_event_is_raised() -> None:
    with pytest.raises(CopydeskError, match="Broken"):
        cli_output.follow(Console(file=io.StringIO()), [Event("error", {"error": "Broken.", "hint": "Mend."})])
    with pytest.raises(CopydeskError, match="broke off"):
        cli_output.follow(Console(file=io.StringIO()), [])


# --- search and articles --------------------------------------------------------------------------


def test_search_shows_the_ranks_of_each_retriever(desk: FakeDesk, run: Any) -> None:
    done = run("search", "ferry", "-k", "2")
    assert "1. Coast Post, “Ferry runs aground off Skerry Point”, 2019-03-05  (dense #1)\n" in done.out
    found = json.loads(run("search", "ferry", "-k", "2", "--json").out)
    assert [hit["ranks"] for hit in found["hits"]] == [{"dense": 1}, {"dense": 2}]
    assert found["hits"][0].keys() >= {"passage_id", "article_id", "title", "text", "start", "end", "score", "cosine"}


@pytest.mark.parametrize("k", ["0", "-1", "x", "51", "9" * 5000])
def test_search_refuses_a_number_it_cannot_use(desk: FakeDesk, run: Any, k: str) -> None:
    assert run("search", "ferry", f"-k{k}").code == 2


def test_articles_are_listed_page_by_page(desk: FakeDesk, run: Any) -> None:
    listed = run("articles", "list").out
    rows = [" ".join(line.split()) for line in listed.splitlines()]
    assert "fire-early 2019-03-05 (inferred) Harbour Times Fire sweeps through harbour quarter 1 1" in rows
    assert rows[-1] == "4 articles"
    second = run("articles", "list", "--limit", "2", "--page", "2").out.splitlines()
    assert [line.split()[0] for line in second[1:3]] == ["fire-early", "fire-other"]
    assert second[-1] == "Articles 3 to 4 of 4."
    first = run("articles", "list", "--limit", "2").out.splitlines()
    assert first[-1] == "Articles 1 to 2 of 4. The next: --page 2; all: --limit all."
    assert "There are only 4; that page is empty." in run("articles", "list", "--page", "9").out
    assert len(json.loads(run("articles", "list", "--limit", "all", "--json").out)["articles"]) == 4


def test_a_narrow_terminal_gets_two_lines_an_article(desk: FakeDesk) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=70, markup=False, highlight=False, color_system=None)
    cli_archive.articles(console, browse.page(desk.archive, Listing(search="harbour fire")))
    assert out.getvalue().splitlines()[:2] == [
        "Fire sweeps through harbour quarter",
        "  fire-early  Harbour Times, 2019-03-05 (inferred), 1 copy",
    ]


@pytest.mark.parametrize(
    ("arguments", "ids"),
    [
        (("--source", "Coast Post"), ["ferry-aground"]),
        (("--search", "harbour FIRE"), ["fire-early", "fire-other"]),
        (("--undated",), ["evil"]),
        (("--sort", "published", "--reverse", "--limit", "1"), ["ferry-aground"]),
        (("--sort", "title", "--since", "2019"), ["ferry-aground", "fire-early", "fire-other"]),
        (("--search", "nowhere"), []),
    ],
)
def test_the_list_can_be_narrowed_and_sorted(desk: FakeDesk, run: Any, arguments: Any, ids: list[str]) -> None:
    found = json.loads(run("articles", "list", "--json", *arguments).out)
    assert [a["article_id"] for a in found["articles"]] == ids
    assert not any("text" in a for a in found["articles"])
    assert run("articles", "list", *arguments).code == 0


@pytest.mark.parametrize("wrong", ["--limit=0", "--limit=many", "--page=0", "--sort=colour", "--since=soon"])
def test_a_list_that_cannot_be_made_is_an_error(desk: FakeDesk, run: Any, wrong: str) -> None:
    assert run("articles", "list", wrong).code == 2


def test_an_article_is_shown_with_what_is_known_of_it_and_how(desk: FakeDesk, run: Any) -> None:
    shown = run("articles", "show", "ferry-aground").out
    assert "title: Ferry runs aground off Skerry Point" in shown and "It carried 212 passengers" in shown
    assert "published: 2019-03-05\n" in shown and "length: 49 words, 1 passage" in shown
    fire = run("articles", "show", "fire-early").out
    assert "published: 2019-03-05 (inferred)" in fire
    assert "nearly the same text: fire-other, Daily Lantern, 2019-03-05 (from the text)" in fire
    assert "published: undated" in run("articles", "show", "evil").out
    assert "p-ferry-aground 0-" in run("articles", "show", "ferry-aground", "--passages").out
    item = json.loads(run("articles", "show", "fire-early", "--json").out)
    assert item["passages"] and item["copies"][0]["article_id"] == "fire-other"
    assert run("articles", "show", "nobody").code == 2


def test_articles_are_removed_by_a_filter_too(desk: FakeDesk, run: Any) -> None:
    assert run("articles", "remove", "--yes").code == 2
    assert run("articles", "remove", "evil", "--undated", "--yes").code == 2
    assert "--yes" in run("articles", "remove", "--search", "harbour").err and len(desk.archive.held) == 4
    assert "nothing was removed" in run("articles", "remove", "--search", "nowhere").out
    done = run("articles", "remove", "--search", "harbour", "--yes")
    assert done.code == 0 and done.out.startswith("Removed 2 articles: fire-early, fire-other\nYour files stay")
    assert set(desk.archive.held) == {"evil", "ferry-aground"}


def test_removing_is_confirmed_first(desk: FakeDesk, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin(monkeypatch, b"")
    done = run("articles", "remove", "evil")
    assert done.code == 2 and "--yes" in done.err and "evil" in desk.archive.held
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for typed, left in (("no\n", True), ("\n", True), ("y\n", False)):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(isatty=lambda: True, readline=lambda typed=typed: typed))
        assert run("articles", "remove", "evil").code == 0
        assert ("evil" in desk.archive.held) is left
    assert run("articles", "remove", "evil", "--yes").code == 2  # it is gone already
    assert json.loads(run("articles", "remove", "fire-early", "--yes", "--json").out) == {"removed": ["fire-early"]}


def test_one_unknown_article_and_none_is_removed(desk: FakeDesk, run: Any) -> None:
    assert run("articles", "remove", "evil", "nobody", "--yes").code == 2
    assert "evil" in desk.archive.held


def test_removed_articles_are_listed_restored_and_forgotten(desk: FakeDesk, run: Any) -> None:
    assert run("articles", "removed").out == "No article was removed.\n"
    told = run("articles", "remove", "evil", "fire-early", "--yes").out
    assert "`copydesk sync` leaves them out" in told and "articles restore ID" in told
    listed = run("articles", "removed").out
    assert "fire-early" in listed and "2026-11-21 10:00" in listed and "Harbour Times" in listed
    found = json.loads(run("articles", "removed", "--json").out)["removed"]
    assert [item["article_id"] for item in found] == ["fire-early", "evil"] and found[0]["restorable"]
    assert run("articles", "restore", "fire-early", "nobody").code == 2 and "fire-early" not in desk.archive.held
    assert run("articles", "restore", "fire-early").out == "Restored 1 article: fire-early\n"
    assert "fire-early" in desk.archive.held
    assert json.loads(run("articles", "forget", "evil", "--json").out) == {"forgotten": ["evil"]}
    assert json.loads(run("articles", "removed", "--json").out) == {"removed": []}


# --- ingest, sync, rebuild ------------------------------------------------------------------------


def test_ingest_says_what_it_did(desk: FakeDesk, run: Any, tmp_path: Path) -> None:
    done = run("ingest", str(tmp_path / "news.txt"))
    assert done.code == 0
    assert "1 added, 0 changed, 0 removed, 0 unchanged." in done.out and "2 passages indexed." in done.out
    assert "Embedding passages: 2 of 2" in done.err  # progress stays out of the output
    assert json.loads(run("ingest", str(tmp_path), "--dry-run", "--json").out)["dry_run"] is True
    assert len(desk.archive.ingested) == 1


def test_what_was_skipped_is_named_with_its_reason() -> None:
    out = io.StringIO()
    report = IngestReport(added=("a",), copies=("a",), skipped=(Skipped("x\x1b[2J.bin", "not text"),), dry_run=True)
    cli_output.report(terminal.make_console(out), report)
    assert "Dry run, nothing was written: 1 added" in out.getvalue()
    assert "skipped x.bin: not text" in out.getvalue() and "same text as another article: a" in out.getvalue()


def test_copies_are_counted_and_said_of_what() -> None:
    out = io.StringIO()
    copy_of = {"b": "a", "c": "a"}
    report = IngestReport(added=("a", "b", "c"), copies=("b", "c"), near_copies=("c",), copy_of=copy_of)
    cli_output.report(terminal.make_console(out), report)
    assert "3 added, 0 changed, 0 removed, 0 unchanged, 1 with the text of another, 1 near-copy." in out.getvalue()
    assert "same text as another article: b (of a)" in out.getvalue()
    assert "near-copies: c (of a)" in out.getvalue()


def test_many_skipped_files_are_summed_up_by_reason() -> None:
    out = io.StringIO()
    skipped = [Skipped(f"/news/{n % 3}/{n}.pdf", "It is damaged.") for n in range(40)]
    skipped += [Skipped(f"/news/1/{n}.md", f"/news/1/{n}.md: no text is left.") for n in range(2)]
    cli_output.report(terminal.make_console(out), IngestReport(added=("a",), skipped=tuple(skipped)))
    assert "1 added, 0 changed, 0 removed, 0 unchanged, 42 skipped." in out.getvalue()
    assert "  40 skipped: It is damaged. (0/0.pdf, 1/1.pdf, 2/2.pdf and 37 more)\n" in out.getvalue()
    assert "  2 skipped: No text is left. (1/0.md, 1/1.md)\n" in out.getvalue()
    assert len(out.getvalue().splitlines()) == 5


@pytest.mark.parametrize("content", [b"\x7fELF\x00\x01", b"", b"%PDF-1.7"])
def test_nothing_readable_is_an_error_that_says_why(run: Any, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "news.txt").write_bytes(content)
    done = run("ingest", str(tmp_path / "news.txt"), "--archive", str(tmp_path / "archive"))
    assert done.code == 2 and "It is" in done.out and "could be read as an article" in done.err


@pytest.mark.parametrize("arguments", [("ftp://news.test/a",), ("file:///etc/passwd",), ("--feed", "feed.xml"), ()])
def test_only_web_addresses_are_fetched(desk: FakeDesk, run: Any, arguments: tuple[str, ...]) -> None:
    done = run("ingest", *arguments)
    assert done.code == 2 and not desk.archive.ingested
    assert "http://" in done.err or "nothing to ingest" in done.err


@pytest.mark.parametrize("fields", ["title", "colour=red", "text="])
def test_a_mapping_must_name_fields(desk: FakeDesk, run: Any, fields: str) -> None:
    assert run("ingest", "rows.csv", "--map", fields).code == 2 and not desk.archive.ingested


def test_sync_rebuild_and_info(desk: FakeDesk, run: Any) -> None:
    assert "4 unchanged" in run("sync").out
    assert run("rebuild").out == "7 passages indexed anew.\n"
    assert json.loads(run("info", "--json").out)["articles"] == 4
    assert re.search(r"^articles +4$", run("info").out, re.MULTILINE)


def test_info_says_in_words_what_the_archive_holds() -> None:
    out = io.StringIO()
    told = {
        "path": "/news", "articles": 20000, "distinct_texts": 18420, "clusters": 310, "passages": 141233,
        "outlets": {f"Outlet {n}": 1000 for n in range(15)}, "languages": {"en": 19800, "fr": 200},
        "first_published_at": "2020-01-02T08:00:00Z", "last_published_at": "2021-03-05",
        "dates": {"metadata": 19000, "inferred": 963, "unknown": 37}, "embedder": "all-minilm-l6-v2",
        "index_current": False, "disk_bytes": 123_456_789, "last_ingest": "2026-11-21T10:58:18+00:00", "server": None,
    }  # fmt: skip
    cli_archive.info(terminal.make_console(out), told)
    lines = dict(re.split("  +", line, maxsplit=1) for line in out.getvalue().splitlines())
    assert lines["articles"] == "20,000 (18,420 distinct texts, 310 groups of near-copies)"
    assert lines["published"] == "2020-01-02 to 2021-03-05"
    assert lines["dates known"] == "19,000 from metadata, 963 inferred, 37 unknown"
    assert lines["outlets"].startswith("15: Outlet 0 (1,000), ") and "and 3 more; 5,000 articles" in lines["outlets"]
    assert lines["languages"] == "en (19,800), fr (200)" and lines["size"] == "123.5 MB"
    assert "copydesk rebuild" in lines["index"] and lines["last ingest"] == "2026-11-21 10:58:18 UTC"
    assert lines["server"] == "none is running on this archive"


# --- a real archive folder ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["ask Who?", "search ferry", "articles list", "articles remove a --yes", "sync", "rebuild", "info"],
)
def test_without_an_archive_there_is_a_hint_and_nothing_is_made(command: str, run: Any, tmp_path: Path) -> None:
    done = run("--archive", str(tmp_path / "none"), *command.split())
    assert done.code == 2 and "copydesk ingest" in done.err
    assert not (tmp_path / "none").exists()


def test_commands_go_through_the_server_that_runs_on_the_archive(run: Any, tmp_path: Path) -> None:
    with live(FakeDesk()) as url:
        host, port = url.removeprefix("http://").split(":")
        presence = {"pid": os.getpid(), "host": host, "port": int(port), "token": TOKEN}
        (tmp_path / "server.json").write_text(json.dumps(presence))
        there = ("--archive", str(tmp_path))
        assert json.loads(run("ask", "How many passengers were aboard?", "--json", *there).out) == PASSENGERS.to_dict()
        assert "Ferry runs aground" in run("search", "ferry", *there).out
        assert len(json.loads(run("articles", "list", "--json", *there).out)["articles"]) == 4
        assert run("articles", "remove", "evil", "--yes", *there).out.startswith("Removed 1 article: evil\n")
        assert "1 added" in run("ingest", str(tmp_path / "new.txt"), *there).out
        assert "4 unchanged" in run("sync", *there).out
        assert run("rebuild", *there).out == "7 passages indexed anew.\n"
        assert json.loads(run("info", "--json", *there).out)["server"] == url
        done = run("serve", *there)
        assert done.code == 2 and url in done.err


# --- the rest -------------------------------------------------------------------------------------


def test_models_list_needs_no_model(run: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COPYDESK_MODELS", str(tmp_path))
    assert "missing" in run("models", "list").out
    assert {m["state"] for m in json.loads(run("models", "list", "--json").out)} == {"missing"}
    done = run("models", "verify")
    assert done.code == 2 and "copydesk models pull" in done.err
    assert run("models", "pull", "no-such-model").code == 2


def test_doctor_exits_1_on_a_fault(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from rag import doctor

    good, bad = doctor.Finding("python", True, "3.11"), doctor.Finding("disk", False, "full", "Free some space.")
    monkeypatch.setattr(doctor, "run_checks", lambda settings, full=False: [good, bad])
    done = run("doctor")
    assert done.code == 1 and "FAULT disk: full\n      Free some space.\n" in done.out
    monkeypatch.setattr(doctor, "run_checks", lambda settings, full=False: [good])
    assert run("doctor").code == 0
    assert json.loads(run("doctor", "--json").out) == [{"name": "python", "ok": True, "detail": "3.11", "remedy": ""}]


def test_eval_gets_its_arguments_as_they_are(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from eval import runner

    got: list[list[str]] = []
    monkeypatch.setattr(runner, "main", lambda argv: got.append(argv) or 1)
    assert run("--archive", "x", "eval", "--check", "--json", "out.json").code == 1
    assert run("eval", "q.jsonl", "--archive=x", "--limit", "3").code == 1
    assert got == [["--check", "--json", "out.json"], ["q.jsonl", "--limit", "3"]]


def test_version_is_that_of_the_project(run: Any) -> None:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert rag.__version__ == wanted
    assert run("version").out == run("--version").out == f"copydesk {wanted}\n"
    assert json.loads(run("version", "--json").out) == {"version": wanted}


def test_help_names_every_command_and_no_command_is_an_error(run: Any) -> None:
    done = run("--help")
    assert done.code == 0 and all(name in done.out for name in commands.COMMANDS) and "eval" in done.out
    done = run()
    assert done.code == 2 and "COMMAND" in done.err
    assert run("chat", "--json").code == run("--json", "serve").code == 2


def test_a_full_disk_is_one_sentence(desk: FakeDesk, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any, **kwargs: Any) -> Any:
        raise OSError(28, "No space left on device", "/archive/catalog.sqlite3")

    monkeypatch.setattr(desk.archive, "ingest", full)
    done = run("ingest", "news")
    assert done.code == 2 and done.err.startswith("Error: The disk is full (/archive/catalog.sqlite3).\n")


def test_a_reader_that_leaves_early_is_no_error() -> None:
    script = "import sys; from rag.cli import main; sys.exit(main(['models', 'list', '--json']))"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(20) == 141


def test_an_answer_goes_out_on_a_terminal_that_knows_only_ascii() -> None:
    script = (
        "import sys; sys.stdout.reconfigure(encoding='ascii')\n"
        "from rag.cli import main, _tolerant_output; _tolerant_output()\n"
        "from rag import cli_output, terminal; from tests.fakes_desk import PASSENGERS\n"
        "cli_output.answer(terminal.make_console(), PASSENGERS)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0 and "?It carried 212 passengers" in done.stdout


def test_unknown_names_of_rag_are_an_ordinary_error() -> None:
    assert set(rag.__all__) <= set(dir(rag))
    for name in set(rag.__all__) - {"Copydesk", "Archive"}:  # these load the pipeline
        assert getattr(rag, name) is not None
    with pytest.raises(AttributeError, match="nonsense"):
        rag.nonsense  # noqa: B018
    assert issubclass(InputError, rag.CopydeskError)
