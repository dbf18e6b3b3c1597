"""Two quotes for a claim that no single one carries: one that names whom the other means, or a list shared out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import combinations

from rag.checking.hard_checks import absence, contradiction
from rag.checking.meaning import only_possible, other_bearer, polarity_clash
from rag.checking.relations import side_by_side
from rag.checking.support import Weights, Window, matched
from rag.text.names import find_names, missing_names, sibling
from rag.text.quantities import holds
from rag.text.reading import read
from rag.text.times import dates_agree, parse_day

SHORTER = 0.75  # of a longer quote's share of the claim's words that one sentence of it must hold
Scored = tuple[float, Window]


def naming_pair(
    claim: str,
    ranked: Sequence[Scored],
    rarity: Mapping[str, float],
    question: str,
    weights: Weights,
    probability: Callable[[str, Window], float],
) -> list[Scored] | None:
    """The quote, and an earlier sentence of its passage that names whom it means ("the mayor")."""
    for _, window in ranked[:4]:
        absent = missing_names(claim, window.text, window.title)
        if not absent:
            continue
        bare = claim
        for name in absent:
            bare = bare.replace(name, "")
        support = probability(bare, window)
        weak = support < weights.min_support or matched(bare, window, rarity)["recall"] < weights.min_recall_part
        if weak or contradiction(bare, window) or absence(bare, window, question, weights):
            continue
        support, window = _shortest(bare, (support, window), ranked, rarity, question, weights, probability)
        first = window.sentences[0]
        earlier = [
            w
            for _, w in ranked
            if len(w.sentences) == 1
            and w.sentences[0].passage_id == first.passage_id
            and w.sentences[0].span.end <= first.span.start
            and not missing_names(" and ".join(absent), w.text)
            and not any(sibling(name, find_names(w.text)) for name in find_names(claim))
            and not other_bearer(read(claim), [*w.readings, *window.readings])
        ]
        if earlier:
            return [(support, max(earlier, key=lambda w: w.sentences[0].span.start)), (support, window)]
    return None


def _shortest(
    bare: str,
    whole: Scored,
    ranked: Sequence[Scored],
    rarity: Mapping[str, float],
    question: str,
    weights: Weights,
    probability: Callable[[str, Window], float],
) -> Scored:
    """The one sentence of a quote that carries the claim as well as the whole does, else the whole."""
    places = {(s.passage_id, s.span) for s in whole[1].sentences}
    need = SHORTER * matched(bare, whole[1], rarity)["recall"]
    for _, window in ranked:
        place = {(s.passage_id, s.span) for s in window.sentences}
        if len(window.sentences) > 1 or not place < places or matched(bare, window, rarity)["recall"] < need:
            continue
        support = probability(bare, window)
        if support >= weights.min_support and not absence(bare, window, question, weights):
            return support, window
    return whole


def list_pair(
    claim: str, ranked: Sequence[Scored], weights: Weights, probability: Callable[[str, Window], float]
) -> list[Scored] | None:
    """Two quotes that each say the same of other names: "Alba, Brix and Corva flooded"."""
    names = find_names(claim)
    if len(names) < 2:
        return None
    inside = [(n.start, n.end) for n in names]
    words = {t.root for t in read(claim).terms if t.content and not any(s <= t.start < e for s, e in inside)}
    if not words:
        return None
    able: list[tuple[Window, set[str]]] = []
    for _, window in ranked[: weights.candidates]:
        held = {w for r in window.readings for w in r.roots}
        if len(window.sentences) == 1 and len(words & held) / len(words) >= weights.min_shared:
            able.append((window, set(missing_names(claim, window.text))))
    for a, b in combinations(able, 2):
        both = f"{a[0].text} {b[0].text}"
        numbers = all(holds(n, read(a[0].text).numbers, a[0].text) for n in read(claim).numbers)
        clash = any(
            polarity_clash(read(claim), w.readings) or only_possible(read(claim), w.readings) for w, _ in (a, b)
        )
        anchor = parse_day(a[0].sentences[0].article.published_at)
        dated = all(dates_agree(d, [x for r in a[0].readings for x in r.dates], anchor) for d in read(claim).dates)
        apart = a[1] and b[1] and not a[1] & b[1] and side_by_side(claim, a[1] | b[1])
        if apart and not missing_names(claim, both) and numbers and dated and not clash:
            # each quote lacks the other's names: the claim is weighed without those
            return [(probability(_without(claim, w[1]), w[0]), w[0]) for w in (a, b)]
    return None


def _without(claim: str, names: Iterable[str]) -> str:
    for name in names:
        claim = claim.replace(name, "")
    return claim
