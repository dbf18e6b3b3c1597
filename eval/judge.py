"""From a known question and the Answer it got to an Outcome: was it right, and if not, why."""

from __future__ import annotations

from collections.abc import Iterator

from eval.figures import unsupported_numbers
from eval.known import KnownQuestion, matches, matches_any, without_markers
from eval.metrics import ERROR, Outcome
from rag.types import Answer, Citation


def judge(known: KnownQuestion, answer: Answer, total_ms: float | None = None) -> Outcome:
    """The outcome of one question. ``total_ms`` is the time measured by the asker (default: what the answer says)."""
    cited = {citation.n: citation for citation in answer.citations}
    shown = "\n".join([without_markers(answer.text), *_conflict_texts(answer)])
    why = _why_wrong(known, answer, shown)
    return Outcome(
        id=known.id,
        expect=known.expect,
        status=answer.status,
        correct=why is None,
        tags=known.tags,
        why=why,
        cited=tuple((c.article_id, *c.also_in) for c in answer.citations),
        gold=known.gold_sources,
        retrieved=tuple(dict.fromkeys(hit.article_id for hit in answer.retrieved)),
        sentences=len(answer.sentences),
        uncited_sentences=sum(not any(n in cited for n in s.citations) for s in answer.sentences),
        unsupported_numbers=tuple(_unsupported(answer, cited)),
        values_expected=len(known.conflict_values),
        values_shown=sum(matches_any(group, shown) for group in known.conflict_values),
        dispute_said=answer.status == "conflicting" or any(c.kind == "disputed" for c in answer.conflicts),
        first_token_ms=answer.timings_ms.first_token,
        total_ms=total_ms if total_ms is not None else answer.timings_ms.total,
    )


def failed(known: KnownQuestion, error: BaseException) -> Outcome:
    """The outcome of a question that could not be asked to the end."""
    return Outcome(
        id=known.id,
        expect=known.expect,
        status=ERROR,
        correct=False,
        tags=known.tags,
        why=f"{type(error).__name__}: {error}",
        gold=known.gold_sources,
        values_expected=len(known.conflict_values),
    )


def _why_wrong(known: KnownQuestion, answer: Answer, shown: str) -> str | None:
    """None where the answer is right, else the first reason it is not, for a reader of the report."""
    if known.expect == "not_found":
        return None if answer.status == "not_found" else "answered, though the articles don't say"
    if answer.status == "not_found":
        return f"refused ({answer.reason or 'no reason given'})"
    if known.expect == "answered" and answer.status == "conflicting":
        return "reported a dispute where there is none"
    if known.expect == "conflicting":
        if answer.status != "conflicting":
            return "did not say that the sources disagree"
        missing = [group for group in known.conflict_values if not matches_any(group, shown)]
        if missing:
            return "does not show " + _written(missing)
    text = without_markers(answer.text)
    missing = [group for group in known.must_contain if not matches_any(group, text)]
    if missing:
        return "lacks " + _written(missing)
    forbidden = [wrong for wrong in known.must_not_contain if matches(wrong, text)]
    return f"says {forbidden[0]!r}" if forbidden else None


def _written(groups: list[tuple[str, ...]]) -> str:
    return "; ".join(" or ".join(repr(alternative) for alternative in group) for group in groups)


def _conflict_texts(answer: Answer) -> Iterator[str]:
    for conflict in answer.conflicts:
        for value in conflict.values:
            yield f"{value.value} {value.unit or ''}"


def _unsupported(answer: Answer, cited: dict[int, Citation]) -> Iterator[str]:
    for sentence in answer.sentences:
        sources = [cited[n] for n in sentence.citations if n in cited]
        labels = [label for source in sources for label in (source.outlet, source.title) if label]
        yield from unsupported_numbers(
            without_markers(sentence.text), [s.quote for s in sources], [s.published_at for s in sources], labels
        )
