"""Figures that others published on these benchmarks, each with where it stands and why it is no like-for-like."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Published:
    """One published figure beside ours: ``key`` is the figure's (see each adapter's ``score``)."""

    key: str
    who: str
    value: float
    source: str


_ABSTENTION = "AbstentionBench (2025), prompted models on their own sample"
_REALTIME = "RealTimeQA paper, free-form, on these weeks, with its own search results for the question"
_EXTRACTION = "the benchmark's own table, all 181 pages"
_LETTUCE = "LettuceDetect (2025), official test split: other prevalence of unsupported responses"

PUBLISHED: dict[str, tuple[Published, ...]] = {
    "squad2": tuple(
        Published(key, who, value, _ABSTENTION)
        for who, *values in (
            ("Llama-3.1-8B", 0.966, 0.580, 0.725),
            ("Mistral-7B", 0.952, 0.613, 0.745),
            ("Qwen2.5-32B", 0.958, 0.750, 0.841),
            ("GPT-4o", 0.984, 0.578, 0.728),
        )
        for key, value in zip(("refusal_precision", "refusal_recall", "refusal_f1"), values, strict=True)
    ),
    "article_extraction": tuple(
        Published("cleaned_F1", who, value, _EXTRACTION)
        for who, value in (
            ("trafilatura 2.0.0", 0.958),
            ("newspaper4k", 0.949),
            ("readability-lxml", 0.922),
            ("BeautifulSoup", 0.665),
        )
    ),
    "realtimeqa": (Published("contained", "GPT-3 with search", 0.657, _REALTIME),),
    "multihop_rag": (
        Published("others", "always “yes”", 1 / 3, "by definition: half of each yes/no type, nothing else"),
        Published("others", "GPT-4 with retrieval", 0.56, "MultiHop-RAG paper: accuracy, over article bodies"),
    ),
    "ragtruth": (
        Published("qa_f1", "GPT-4-turbo, prompted", 0.456, _LETTUCE),
        Published("qa_f1", "LettuceDetect-base", 0.655, _LETTUCE),
        Published("qa_f1", "LettuceDetect-large", 0.702, _LETTUCE),
        Published("summary_f1", "GPT-4-turbo, prompted", 0.476, _LETTUCE),
        Published("summary_f1", "LettuceDetect-base", 0.505, _LETTUCE),
        Published("summary_f1", "LettuceDetect-large", 0.597, _LETTUCE),
    ),
    "ramdocs": (
        Published(
            "exact_match",
            "Llama-3.3-70B, best baseline",
            0.326,
            "RAMDocs paper: all gold answers and no wrong one; Copydesk shows a dispute instead of picking",
        ),
    ),
}

CAVEATS: dict[str, str] = {
    "squad2": "Ours: a part of the dev split's questions, each paragraph alone in reach, the product's own refusals.",
    "clapnq": "No published figure is held against this: ClapNQ's papers score long answers by overlap.",
    "mtrag_un": "No published figure is held against this: unanswerable turns are asked of a whole collection here.",
    "realtimeqa": "Ours: the whole index of 1,829 articles is searched, not only the question's own ten results.",
    "multihop_rag": "Ours: facts alone are the corpus, which is easier to search and harder to read than articles.",
    "ragtruth": "Ours: dev sources, six models' responses each; balanced accuracy does not depend on prevalence.",
    "ramdocs": "Ours: disputes told from ambiguity and from agreement, which the paper does not score.",
}
