"""RAGTruth: are the responses that say what their source does not told from the sound ones?

Niu et al., "RAGTruth: A Hallucination Corpus for Developing Trustworthy Retrieval-Augmented Language Models" (2024).
Each source is an article; every sentence of six models' responses is checked against it as a draft's sentence is, and a
response counts as unsupported where people marked a span of it. Its score is that of its least supported sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.bench.base import Bench, Case, Figure, Row, Text, figure, read
from eval.metrics import auroc
from rag.checking import verify
from rag.pipeline import Copydesk
from rag.text.sentences import split
from rag.types import SourceSentence

FILES = {"qa": "ragtruth/qa_dev.jsonl.gz", "summary": "ragtruth/summary_dev.jsonl.gz"}
REACH = {"qa": 0.72, "summary": 0.66}
# A response is taken for unsupported where a sentence's support is below; chosen by `python -m eval.fit_support fit`.
THRESHOLDS = {"qa": 0.74, "summary": 0.84}

# Sentences about the task rather than the matter state nothing that a source could carry.
_SHEET = r"(?:passages?|articles?|texts?|contexts?|excerpts?|sources?|information)"
_FRAMING = re.compile(
    r"^\W*(?:sure\b|certainly\b|of course\b|here(?:'s|’s| is| are)\b[^.]*:?$|(?:note|answer):?$|passages?\s*\d*\W*$|"
    r"(?:i\s|we\s)?(?:am |are )?(?:hope|please|feel free|let me know|if you have)\b)"
    r"|\b(?:unable|not possible|impossible|cannot|can't|difficult)\b[^.]*\b(?:answer|determine|provide|say)\b"
    rf"|\b{_SHEET}\b[^.]{{0,60}}\b(?:does not|do not|doesn't|don't|no|not|without)\b"
    rf"|\b(?:does not|do not|no|not)\b[^.]{{0,40}}\b{_SHEET}\b",
    re.IGNORECASE,
)
_TELLS = (
    r"(?:suggests?|states?|mentions?|notes?|says?|discusses|explains?|describes?|emphasizes?|argues?|reports?|highlights?|"
    r"provides?|recommends?|lists?|defines?|focuses on|encourages|indicates?)"
)
_LEAD = re.compile(
    r"^(?:overall|in summary|in conclusion|additionally|furthermore|moreover|however|therefore|thus|also|finally),?\s+"
    r"|^(?:based on|according to|as (?:stated|mentioned|described|discussed) in|in)\s+(?:the\s+|these\s+)?"
    rf"(?:\w+\s+){{0,2}}{_SHEET}(?:\s*\d+(?:\s*(?:,|and|&)\s*\d+)*)?,?\s+"
    rf"|^(?:the\s+)?(?:article|text|author|piece)\s+(?:also\s+)?{_TELLS}\s+(?:that\s+)?",
    re.IGNORECASE,
)
_NUMBERED = r"(?:passages?\s*\d+(?:\s*(?:,|and|&)\s*\d+)*|the\s+(?:first|second|third|last)\s+passage)"
_REFERENCE = re.compile(
    r"\s*[(\[](?:see |from |in |as \w+ in |mentioned in )*passages?\s[^)\]]*[)\]]|\bstep \d+:\s*"
    rf"|,?\s*\b(?:as\s+)?(?:(?:according to|seen|mentioned|stated|noted|in|by)\s+)*{_NUMBERED}\b,?"
    rf"(?:\s+(?:also|further|specifically|then)\b)?(?:\s+{_TELLS}\b)?(?:\s+that\b)?",
    re.IGNORECASE,
)


def load(folder: Path) -> list[Case]:
    """One case a response; six share a source, and its part."""
    return [
        Case(
            f"{kind}-{row['source_id']}-{i}",
            str(row["source_id"]),
            {
                "kind": kind,
                "article": article_id(kind, row),
                "response": response["response"],
                "spans": [[label["start"], label["end"]] for label in response["labels"]],
                "by": response["model"],
            },
        )
        for kind, name in FILES.items()
        for row in read(folder / name)
        for i, response in enumerate(row["responses"])
    ]


def texts(folder: Path) -> Iterator[Text]:
    for kind, name in FILES.items():
        for row in read(folder / name):
            yield Text(article_id(kind, row), source_text(row["source"]))


def article_id(kind: str, row: Mapping[str, Any]) -> str:
    return f"{kind}-{row['source_id']}"


def source_text(source: str | Mapping[str, str]) -> str:
    """The source as an article: of a question's passages, a paragraph each."""
    if isinstance(source, str):
        return " ".join(source.split())
    passages = re.split(r"\n\s*\n", source["passages"])
    return "\n\n".join(" ".join(re.sub(r"^\s*passage \d+:", "", p).split()) for p in passages if p.strip())


def statement(sentence: str) -> str:
    """What a response's sentence states, without its references to "passage 2"; empty where it states nothing."""
    text = " ".join(sentence.split())
    if text.endswith(":") or _FRAMING.search(text):
        return ""
    text = _REFERENCE.sub("", text).strip()
    while (shorter := _LEAD.sub("", text, count=1)) != text:
        text = shorter
    return text


def sentences(response: str, spans: Sequence[Sequence[int]]) -> list[tuple[str, bool]]:
    """Each sentence of a response that states something, and whether no marked span touches it."""
    found = [(statement(response[a:b]), a, b) for a, b in split(response)]
    return [(text, not any(s < b and e > a for s, e in spans)) for text, a, b in found if text]


def ask(desk: Copydesk, case: Case) -> dict[str, Any]:
    """The support of each sentence by its source, with the checks' word on it."""
    source = _source(desk, case.data["article"])
    embedder = desk.archive.embedder
    vectors = embedder.encode_cached([s.text for s in source])
    rows = []
    for text, sound in sentences(case.data["response"], case.data["spans"]):
        cosines = [float(c) for c in vectors @ embedder.encode_cached([text])[0]]
        assessed = verify.assess(text, source, cosines)
        if assessed is not None:
            rows.append({"text": text, "sound": sound, "support": assessed.probability, "signs": assessed.signs})
    return {
        "kind": case.data["kind"],
        "by": case.data["by"],
        "unsupported": bool(case.data["spans"]),
        "sentences": rows,
    }


def _source(desk: Copydesk, article_id: str) -> list[SourceSentence]:
    article = desk.archive.article(article_id)
    return [
        SourceSentence(article, passage.id, span, passage.sentence_text(span))
        for passage in desk.archive.passages(article_id)
        for span in passage.sentences
    ]


def support(row: Row) -> float:
    """Of a response: that of its least supported sentence; 1 where it states nothing."""
    return min((s["support"] for s in row["sentences"]), default=1.0)


def flagged(row: Row) -> bool:
    return support(row) < THRESHOLDS[row["kind"]]


def balanced_accuracy(rows: Sequence[Row]) -> float | None:
    """Mean of the share of unsupported responses that are flagged and of the sound ones that are not."""
    unsupported = [flagged(row) for row in rows if row["unsupported"]]
    sound = [not flagged(row) for row in rows if not row["unsupported"]]
    if not unsupported or not sound:
        return None
    return (sum(unsupported) / len(unsupported) + sum(sound) / len(sound)) / 2


def f1(rows: Sequence[Row]) -> float | None:
    """Of flagging the unsupported responses; None where there are none."""
    right = sum(flagged(row) and row["unsupported"] for row in rows)
    either = sum(flagged(row) for row in rows) + sum(bool(row["unsupported"]) for row in rows)
    return 2 * right / either if either else None


def response_auroc(rows: Sequence[Row]) -> float | None:
    sound = [support(row) for row in rows if not row["unsupported"]]
    return auroc(sound, [support(row) for row in rows if row["unsupported"]])


def sentence_auroc(rows: Sequence[Row]) -> float | None:
    every = [s for row in rows for s in row["sentences"]]
    return auroc([s["support"] for s in every if s["sound"]], [s["support"] for s in every if not s["sound"]])


def score(rows: Sequence[Row]) -> list[Figure]:
    figures = []
    named: list[tuple[str, str, Callable[[Sequence[Row]], float | None]]] = [
        ("balanced_accuracy", "unsupported responses told, balanced accuracy", balanced_accuracy),
        ("f1", "unsupported responses told, F1", f1),
        ("auroc", "responses, AUROC", response_auroc),
        ("sentence_auroc", "sentences, AUROC", sentence_auroc),
    ]
    for kind, title in (("qa", "QA"), ("summary", "Summary")):
        here = [row for row in rows if row["kind"] == kind]
        for key, label, statistic in named:
            reach = REACH[kind] if key == "balanced_accuracy" else None
            note = f"{sum(r['unsupported'] for r in here)} of {len(here)} responses are unsupported" if reach else ""
            figures.append(figure(f"{kind}_{key}", f"{title}: {label}", here, statistic, reach=reach, note=note))
    return figures


def probabilities(rows: Sequence[Row]) -> dict[str, list[tuple[float, bool]]]:
    """Each sentence's support beside whether people found nothing unsupported in it."""
    return {
        f"{title}: support said, sentences sound": [
            (s["support"], s["sound"]) for row in rows if row["kind"] == kind for s in row["sentences"]
        ]
        for kind, title in (("qa", "QA"), ("summary", "Summary"))
    }


BENCH = Bench(
    "ragtruth",
    "responses of six models on given sources, with the spans that people found unsupported",
    tuple(FILES.values()),
    load,
    texts,
    ask,
    score,
    needs_llm=False,
    probabilities=probabilities,
)
