"""What reports given by text and day are found to disagree on."""

from __future__ import annotations

from rag.disagreement.conflict import detect
from rag.text.sentences import split
from rag.types import Article, Conflict, SourceSentence

Report = tuple[str, str | None]


def found(question: str, *reports: Report) -> list[Conflict]:
    sentences = []
    for name, (text, day) in zip("abcd", reports, strict=False):
        whole = Article(name, text, text, outlet=f"Paper {name}", published_at=day)
        sentences += [SourceSentence(whole, name, span, text[span.start : span.end]) for span in split(text)]
    return detect(question, sentences, [0.8] * len(sentences))


def values(conflicts: list[Conflict]) -> list[str]:
    return [v.value for c in conflicts for v in c.values]
