"""A model of the user's own takes the default's place in one setting."""

import pytest

from rag.config import load_settings
from rag.llm import load_llm
from rag.llm.base import Prompt
from rag.types import Message
from tests.integration.conftest import SMALL, model_path


@pytest.mark.integration
def test_the_path_of_a_gguf_file_is_enough() -> None:
    path = model_path(SMALL)
    model = load_llm(load_settings(llm=str(path)))
    assert model is not None
    try:
        text = "".join(model.stream(Prompt((Message("user", "Name a colour."),)), max_tokens=8))
    finally:
        model.close()
    assert text.strip()
