"""The pulled models: without them there is nothing to test here, which a build server must not overlook."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rag.config import DEFAULT_LLM, load_settings
from rag.errors import CopydeskError
from rag.models import embedder_path, find, require

SMALL, DEFAULT = "smollm2-135m-instruct", DEFAULT_LLM


def model_path(name: str) -> Path:
    return require(load_settings(), find(name))


@pytest.fixture(scope="session", autouse=True)
def pulled() -> None:
    try:
        embedder_path(load_settings())
        for name in (SMALL, DEFAULT):
            model_path(name)
    except CopydeskError as error:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(str(error))
