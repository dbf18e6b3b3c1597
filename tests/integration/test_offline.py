"""After the first pull nothing needs a network: a whole question is answered by a process that can't connect."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rag.config import load_settings

SCRIPT = """
import json, sys
from pathlib import Path
from rag.offline import refuse_connections

tried = []
refuse_connections(tried)

from rag import Archive, Copydesk, load_settings

settings = load_settings({"COPYDESK_MODELS": sys.argv[1]}, archive_dir=Path(sys.argv[2]))
with Archive.open(settings, write=True) as archive:
    report = archive.ingest([Path(sys.argv[3])])
with Copydesk.open(settings) as desk:
    hits = desk.search("Who brought the ferry into harbour?")
    answer = desk.ask("How many passengers did the ferry carry?")
    result = {
        "added": list(report.added),
        "hits": [hit.article.id for hit in hits],
        "llm_problem": desk.llm_problem,
        "answer": answer.to_dict(),
        "tried": tried,
    }
print("RESULT " + json.dumps(result))
"""

ARTICLE = """Ferry aground off Skerry Point

The ferry Morning Star ran aground off Skerry Point on Tuesday night. It carried 212 passengers and nine crew.
Two tugs brought the vessel into harbour before dawn. Nobody was hurt, the harbour master said.
"""


def _sandbox() -> list[str]:
    """A network namespace of its own, without any interface up, where the system lets us have one: it stops native
    code as well, which the refused sockets of Python can't see."""
    command = ["unshare", "--map-root-user", "--net", "--"]
    if shutil.which("unshare") and subprocess.run([*command, "true"], capture_output=True).returncode == 0:
        return command
    return []


@pytest.mark.integration
def test_ingest_search_and_ask_without_a_network(tmp_path: Path) -> None:
    settings = load_settings()
    articles = tmp_path / "articles"
    articles.mkdir()
    (articles / "ferry-aground.txt").write_text(ARTICLE)
    arguments = [str(settings.models_dir), str(tmp_path / "archive"), str(articles)]
    result = subprocess.run(
        [*_sandbox(), sys.executable, "-c", SCRIPT, *arguments], capture_output=True, text=True, timeout=240
    )
    assert result.returncode == 0, result.stderr[-3000:]
    line = next(line for line in result.stdout.splitlines() if line.startswith("RESULT "))
    found = json.loads(line.removeprefix("RESULT "))
    assert found["added"] == ["ferry-aground"]
    assert found["hits"][0] == "ferry-aground"
    assert found["llm_problem"] is None
    assert found["answer"]["status"] == "answered" and "212" in found["answer"]["text"]
    assert found["answer"]["citations"][0]["article_id"] == "ferry-aground"
    assert found["tried"] == []
