"""``import rag`` and ``copydesk --help`` load no heavy library, and the pure modules stay pure."""

import ast
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

HEAVY = (
    "torch",
    "chromadb",
    "llama_cpp",
    "sentence_transformers",
    "transformers",
    "gradio",
    "fastapi",
    "uvicorn",
    "tiktoken",
    "bm25s",
    "huggingface_hub",
    "httpx",
    "py3langid",
    "scipy",
    "pandas",
    "trafilatura",
)

SCRIPTS = {
    "import rag": "import rag",
    "names of rag": "import rag; rag.load_settings; rag.Answer; rag.CopydeskError",
    "copydesk --help": "from rag.cli import main; main(['--help'])",
    "copydesk models list": "from rag.cli import main; main(['models', 'list'])",
    "copydesk articles list": "from rag.cli import main; main(['articles', 'list', '--archive', '/nowhere'])",
    "what answers": "import rag.pipeline, rag.commands, rag.llm.llama_cpp",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_loads_nothing_heavy(name: str) -> None:
    report = f"import json, sys; print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    script = f"try:\n    {SCRIPTS[name]}\nexcept SystemExit:\n    pass\n{report}"
    started = time.monotonic()
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout.splitlines()[-1]) == []
    assert time.monotonic() - started < 10  # loosely: it takes a fraction of a second on a quiet machine


def test_help_needs_hardly_more_than_the_standard_library() -> None:
    script = "import sys\ntry:\n    from rag.cli import main; main(['--help'])\nexcept SystemExit:\n    pass\n"
    script += "print('numpy' in sys.modules or 'rich' in sys.modules or 'sqlite3' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert result.stdout.splitlines()[-1] == "False", result.stderr


def test_searching_a_small_archive_loads_no_vector_database(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from rag.archive import Archive
from tests.fakes_archive import archive_of
from tests.fakes_embedder import KeywordEmbedder
settings = archive_of(Path({str(tmp_path)!r}), {{"ferry": ("Ferry", None, None, "The ferry ran aground today.")}})
with Archive.open(settings, embedder=KeywordEmbedder()) as archive:
    assert archive.search("ferry")[0].article.id == "ferry"
print([name for name in ("chromadb", "torch", "transformers", "gradio") if name in sys.modules])
"""
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[-1] == "[]"


PURE = {"rag.types", "rag.errors", "rag.search.fusion", "rag.registry", "eval.metrics"}


@pytest.mark.parametrize("module", sorted(PURE))
def test_pure_modules_import_the_standard_library_and_each_other_only(module: str) -> None:
    tree = ast.parse((ROOT / f"{module.replace('.', '/')}.py").read_text(encoding="utf-8"))
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module
            imported.add(node.module)
    foreign = {name for name in imported if name.split(".")[0] not in sys.stdlib_module_names}
    assert foreign <= PURE
