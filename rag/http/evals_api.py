"""The runs of known questions under /v1/evals, to be read. Loaded by ``rag.http.server`` only."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from rag.http.api_models import Problem


class FigureItem(BaseModel):
    """A measure; ``low`` and ``high`` are its 95% interval where it has one."""

    value: float | None = Field(description="null where there were no cases; a share, a count, ms or MB")
    cases: int
    low: float | None = None
    high: float | None = None


class RunItem(BaseModel):
    id: str
    set: str
    started_at: str
    duration_s: float
    asked: int
    of: int = Field(description="questions of the set; fewer are asked by a run that is a part or was stopped")
    whole: bool
    right: int
    llm: str | None
    prompt: str | None
    metrics: dict[str, FigureItem]


class RunList(BaseModel):
    runs: list[RunItem] = Field(description="the newest first")
    unreadable: list[str] = Field(description="files among them that can't be read")


class MissItem(BaseModel):
    id: str
    question: str
    kind: str
    expected: str
    said: str
    why: str


class TagItem(BaseModel):
    tag: str
    value: float | None
    cases: int


class RunDetail(RunItem):
    """Without the answers: those are in the run's file, and on the page."""

    by_tag: list[TagItem]
    misses: list[MissItem]


def build_evals_router(evals: Any) -> APIRouter:
    """``evals`` is an ``eval.live.Evals``, or a scripted one. Runs are started from the page or the command only."""
    router = APIRouter()

    @router.get("/v1/evals", response_model=RunList, summary="Finished runs of known questions")
    def list_runs() -> dict[str, Any]:
        told = evals.runs()
        return {"runs": [_flat(head) for head in told["runs"]], "unreadable": told["unreadable"]}

    @router.get(
        "/v1/evals/{run_id}",
        response_model=RunDetail,
        responses={404: {"model": Problem}},
        summary="One run with its figures, tags and misses",
    )
    def show_run(run_id: str) -> dict[str, Any]:
        told = evals.run(run_id)
        return {**_flat(told["head"]), "by_tag": told["by_tag"], "misses": told["misses"]}

    return router


def _flat(head: dict[str, Any]) -> dict[str, Any]:
    return {**head, "llm": head["model"].get("llm"), "prompt": head["model"].get("prompt")}
