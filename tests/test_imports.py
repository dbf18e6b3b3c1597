"""``import rag`` and ``copydesk --help`` are quick: no heavy library is loaded by either."""

import json
import subprocess
import sys
import time

import pytest

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
)

SCRIPTS = {
    "import rag": "import rag",
    "names of rag": "import rag; rag.load_settings; rag.Answer; rag.CopydeskError",
    "copydesk --help": "from rag.cli import main; main(['--help'])",
    "copydesk models list": "from rag.cli import main; main(['models', 'list'])",
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
