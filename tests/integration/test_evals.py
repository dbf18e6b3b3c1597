"""A run of known questions inside the server, with the real models that its readers use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from eval import choices
from eval.live import Evals, desk_beside
from rag.archive import Archive
from rag.config import load_settings
from rag.pipeline import Copydesk

pytestmark = pytest.mark.integration


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Copydesk]:
    """A desk on one invented article, open for writing as a server's is."""
    settings = load_settings(archive_dir=tmp_path / "archive")
    (tmp_path / "ferry.txt").write_text("The ferry Morning Star ran aground off Skerry Point. It carried 212 people.")
    with Copydesk.open(settings, write=True) as desk:
        desk.archive.ingest([tmp_path / "ferry.txt"])
        desk.warm()
        yield desk


def test_three_questions_are_asked_of_their_own_articles(
    desk: Copydesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions, articles = choices.of_set("seeds")
    few = tmp_path / "seeds.jsonl"
    few.write_text("\n".join(questions.read_text(encoding="utf-8").splitlines()[:3]), encoding="utf-8")
    opened: list[Path] = []
    plain_open = Archive.open

    def watched(settings, **given):  # type: ignore[no-untyped-def]
        opened.append(settings.archive_dir)
        return plain_open(settings, **given)

    monkeypatch.setattr(Archive, "open", watched)
    evals = Evals(tmp_path / "evals", partial(desk_beside, desk), find=lambda name: (few, articles))
    evals.start("seeds")
    evals.wait(120)
    state = evals.state()
    assert (state["running"], state["error"], state["done"]) == (False, "", 3)
    run = evals.run(state["finished"])
    assert run["head"]["model"]["llm"] and run["head"]["right"] >= 2
    assert all("ferry" not in source for source in evals.answer(state["finished"], "q01")["retrieved"])
    (own,) = opened
    assert own != desk.settings.archive_dir and not own.exists(), "removed with the run"
    answer = desk.ask("How many people did the ferry carry?")  # its model is still there
    assert "212" in answer.text and desk.archive.info()["articles"] == 1
