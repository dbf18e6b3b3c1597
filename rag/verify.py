"""Holds one generated sentence to the passages: which quote carries it, how well, and what is wrong with it.

First a quote is chosen: one to three contiguous sentences of one passage with the highest support. Then hard checks:
every number (with what it counts), date and name of the sentence must stand in that quote, and the quote must not
deny it, swap its roles, or only call it possible. A name may also stand in the article's title, which is shown with
every citation; a surname is completed from the article or the question, but the question alone brings in no name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

from rag.claim_numbers import number_problem, set_apart
from rag.meaning import only_possible, other_subject, polarity_clash, roles_reversed
from rag.names import find_names, missing_names
from rag.quantities import holds, same
from rag.reading import read
from rag.support import DEFAULT, Weights, Window, matched, ranked_windows, rarities, windows
from rag.times import dates_agree, is_day, parse_day
from rag.types import Check, Quote, SourceSentence
from rag.words import asks_yes_no

_LIST_MARK = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•–])\s+(?=\S)")


def check(
    claim: str,
    sources: Sequence[SourceSentence],
    cosines: Sequence[float],
    question: str = "",
    weights: Weights = DEFAULT,
) -> Check:
    """Check one sentence against the sentences of the retrieved passages.

    ``sources``: all sentences of those passages, in any order; ``cosines``: the claim's similarity to each, in [-1, 1],
    or empty where unknown. The result has one or two quotes, or a problem in plain English and no quote.
    """
    answer_word, body = split_answer_word(claim)
    if answer_word and not body:
        return Check(claim, (), 0.0, "a bare yes or no says nothing that a passage could carry")
    reading = read(body)
    if not (reading.roots or reading.numbers or reading.dates):
        return Check(claim, (), 0.0, "nothing in this sentence can be checked")
    if answer_word and polarity_ok(question, body, answer_word) is False:
        return Check(claim, (), 0.0, f"“{answer_word}” does not fit what follows it")
    rarity = rarities(sources)
    ranked = ranked_windows(body, windows(sources, cosines), rarity, weights)
    if not ranked or ranked[0][0] < weights.min_support / 2:
        return Check(claim, (), ranked[0][0] if ranked else 0.0, "no passage says this")
    carrier, problem = _carrier(body, ranked, rarity, question, weights)
    if carrier:
        return Check(claim, (carrier[1].quote(),), carrier[0])
    pair = _two_quotes(body, ranked, rarity, question, weights)
    if pair:
        return Check(claim, tuple(w.quote() for _, w in pair), min(s for s, _ in pair))
    spoken = _verbatim(body, ranked, rarity, question, weights)
    if spoken and not answer_word:
        return Check(" ".join(spoken[1].text.split()), (spoken[1].quote(),), spoken[0])
    return Check(claim, (), ranked[0][0], problem)


def best_quote(
    claim: str, sources: Sequence[SourceSentence], cosines: Sequence[float], weights: Weights = DEFAULT
) -> tuple[Quote, float] | None:
    """The quote with the highest support and that support, whatever the hard checks say; None without sources."""
    ranked = ranked_windows(split_answer_word(claim)[1] or claim, windows(sources, cosines), rarities(sources), weights)
    return (ranked[0][1].quote(), ranked[0][0]) if ranked else None


def split_answer_word(claim: str) -> tuple[str | None, str]:
    """("Yes" or "No", the rest) of an answer that begins with either; (None, the claim) otherwise.

    The mark of a list item ("2. ", "- ") is dropped: its number states nothing.
    """
    claim = _LIST_MARK.sub("", claim)
    match = re.match(r"\s*(yes|no)\s*(?:[,.;:!–—-]+\s*|$)", claim, re.IGNORECASE)
    if not match:
        return None, claim.strip()
    return match[1].capitalize(), claim[match.end() :].strip()


def with_answer_word(claim: str, question: str) -> str:
    """An answer to a yes/no question with the Yes or No that its statement amounts to, where that can be told.

    The statement decides, not the word the model chose: it is what the quote is held against.
    """
    word, body = split_answer_word(claim)
    fitting = [w for w in ("Yes", "No") if body and polarity_ok(question, body, w)]
    if len(fitting) != 1 or fitting[0] == word:
        return claim
    named = body.startswith("I ") or any(name.start == 0 for name in find_names(body))
    return f"{fitting[0]}, {body if named else body[0].lower() + body[1:]}"


def settles(claim: str, question: str) -> bool:
    """Whether a sentence that begins with Yes or No goes on with a statement that this very word follows from."""
    word, body = split_answer_word(claim)
    return word is not None and polarity_ok(question, body, word) is True


def contradiction(claim: str, window: Window) -> str | None:
    """How a quote that speaks of the same matter says something else than the claim, for the reader, or None."""
    reading, quote = read(claim), window.readings
    # in a longer quote the sentence closest to the claim speaks for itself
    closest = max(quote, key=lambda r: len(set(reading.roots) & set(r.roots)))
    for part in ([closest], quote):
        if roles_reversed(reading, part):
            return "the quote has it the other way round"
        clash = polarity_clash(reading, part)
        if clash:
            return f"the quote says the opposite about “{clash}”"
        if only_possible(reading, part):
            return "the quote says it could happen, not that it did"
    subject = other_subject(reading, quote)
    return f"the quote says this of “{subject}”" if subject else None


def absence(claim: str, window: Window, question: str = "", weights: Weights = DEFAULT) -> str | None:
    """The first number, date or name of the claim that the quote lacks or uses for something else, or None."""
    reading, quote = read(claim), window.readings
    article = window.sentences[0].article
    for number in reading.numbers:
        found = number_problem(number, reading, quote, weights.min_near_number)
        if found:
            return found
    anchor = parse_day(article.published_at)
    theirs = [d for r in quote for d in r.dates]
    for mention in reading.dates:
        told = re.search(r"\b(?:publish|report|dated|wrote|written)", claim[: mention.start], re.IGNORECASE)
        if not dates_agree(mention, theirs, anchor) and not (told and anchor and is_day(mention, anchor)):
            return f"date {mention.text} not in the cited quote"
    absent = missing_names(claim, window.text, window.title, known=f"{article.text}\n{question}")
    return f"name {absent[0]} not in the cited quote" if absent else set_apart(reading, quote)


def polarity_ok(question: str, claim_rest: str, answer_word: str) -> bool | None:
    """Whether "Yes" or "No" fits the sentence after it as an answer to the question; None where that can't be told.

    "No" is expected where the sentence denies what was asked, swaps its roles, gives another number for the same
    thing, or another name in place of one asked about; "Yes" where it restates most of the question.
    """
    if not asks_yes_no(question):
        return None
    asked, said = read(question), read(claim_rest)
    if asked.denied or not asked.roots:
        return None
    words = set(asked.roots)
    covered = len(words & set(said.roots)) / len(words)
    expected: bool | None = True if covered >= 0.6 else None
    other_number = any(
        n.unit_stem is not None
        and any(m.unit_stem == n.unit_stem for m in said.numbers)
        and not any(same(n, m) for m in said.numbers)
        for n in asked.numbers
    )
    absent, new = missing_names(question, claim_rest), missing_names(claim_rest, question)
    if (
        polarity_clash(said, [asked])
        or roles_reversed(said, [asked])
        or other_number
        or (absent and new and covered >= 0.4)
    ):
        expected = False
    elif absent or said.denied or (words & said.possible) - asked.possible:
        expected = None
    return None if expected is None else expected == (answer_word.lower() == "yes")


# --- choosing -------------------------------------------------------------------------------------


def _two_quotes(
    claim: str,
    ranked: Sequence[tuple[float, Window]],
    rarity: Mapping[str, float],
    question: str,
    weights: Weights,
) -> list[tuple[float, Window]] | None:
    """Two quotes for a claim that none carries alone: one for each of its halves, one that only names whom the other
    speaks of, or one for each part of a list of names."""
    every = [w for _, w in ranked]
    for cut in re.finditer(r"[,;]?\s+(?:while|whereas|but|and)\s+|;\s+", claim):
        halves = (claim[: cut.start()].strip(), claim[cut.end() :].strip(" ."))
        if min(len(read(h).roots) for h in halves) < 2:
            continue
        first, second = (
            _carrier(half, ranked_windows(half, every, rarity, weights), rarity, question, weights)[0]
            for half in halves
        )
        if first and second:
            return [first, second]
    return _naming_pair(claim, ranked, rarity, question, weights) or _list_pair(claim, ranked, rarity, weights)


def _carrier(
    claim: str,
    ranked: Sequence[tuple[float, Window]],
    rarity: Mapping[str, float],
    question: str,
    weights: Weights,
) -> tuple[tuple[float, Window] | None, str | None]:
    """The best quote that passes every check, with its support; else None and the problem with the best.

    Where a quote contradicts the claim, another that holds less of the claim does not carry it.
    """
    passing: list[tuple[float, Window]] = []
    problem, contradicted, bar = None, None, 0.0
    for support, window in ranked[: weights.candidates]:
        recall = matched(claim, window, rarity)["recall"]
        # a quote that shares little with the claim is about something else, whatever it denies
        against = contradiction(claim, window) if recall >= weights.min_recall_against else None
        lacking = absence(claim, window, question, weights)
        if against and not lacking:
            contradicted, bar = contradicted or against, max(bar, recall)
        weak = support < weights.min_support or recall < weights.min_recall
        found = lacking or against or ("no passage says this" if weak else None)
        problem = problem or found
        if found is None and recall >= bar:
            passing.append((support, window))
    passing = [p for p in passing if matched(claim, p[1], rarity)["recall"] >= bar]
    if not passing:
        return None, contradicted or problem
    # a quote that holds every name itself goes before a closer one that leans on the title or the article
    literal = [p for p in passing if passing[0][0] - p[0] < weights.widen and not missing_names(claim, p[1].text)]
    return (literal or passing)[0], None


def _verbatim(
    claim: str, ranked: Sequence[tuple[float, Window]], rarity: Mapping[str, float], question: str, weights: Weights
) -> tuple[float, Window] | None:
    """A sentence to be shown as it stands, because the claim fails only by a name that it took from the question.

    The sentence itself leaves that name unsaid, but its article says it elsewhere.
    """
    asked = find_names(question)
    for support, window in ranked[:3]:
        absent = missing_names(claim, window.text, window.title)
        taken = [n for n in absent if any(n in a.text or a.text in n for a in asked)]
        article = window.sentences[0].article
        if not absent or len(taken) < len(absent) or len(window.sentences) > 1:
            continue
        bare = claim
        for name in taken:
            bare = bare.replace(name, "")
        recall = matched(bare, window, rarity)["recall"]
        if recall < weights.min_recall_verbatim or missing_names(" and ".join(taken), article.text):
            continue
        if not contradiction(bare, window) and not absence(bare, window, question, weights):
            return support, window
    return None


def _naming_pair(
    claim: str, ranked: Sequence[tuple[float, Window]], rarity: Mapping[str, float], question: str, weights: Weights
) -> list[tuple[float, Window]] | None:
    """The quote, and an earlier sentence of its passage that names whom it means ("the mayor")."""
    for support, window in ranked[:4]:
        absent = missing_names(claim, window.text, window.title)
        if not absent:
            continue
        bare = claim
        for name in absent:
            bare = bare.replace(name, "")
        weak = support < weights.min_support or matched(bare, window, rarity)["recall"] < weights.min_recall
        if weak or contradiction(bare, window) or absence(bare, window, question, weights):
            continue
        first = window.sentences[0]
        earlier = [
            w
            for _, w in ranked
            if len(w.sentences) == 1
            and w.sentences[0].passage_id == first.passage_id
            and w.sentences[0].span.end <= first.span.start
            and not missing_names(" and ".join(absent), w.text)
        ]
        if earlier:
            return [(support, max(earlier, key=lambda w: w.sentences[0].span.start)), (support, window)]
    return None


def _list_pair(
    claim: str, ranked: Sequence[tuple[float, Window]], rarity: Mapping[str, float], weights: Weights
) -> list[tuple[float, Window]] | None:
    """Two quotes that each say the same of other names: "Alba, Brix and Corva flooded"."""
    names = find_names(claim)
    if len(names) < 2:
        return None
    inside = [(n.start, n.end) for n in names]
    words = {t.root for t in read(claim).terms if t.content and not any(s <= t.start < e for s, e in inside)}
    if not words:
        return None
    able = []
    for support, window in ranked[: weights.candidates]:
        held = {w for r in window.readings for w in r.roots}
        if len(window.sentences) == 1 and len(words & held) / len(words) >= weights.min_shared:
            able.append((support, window, set(missing_names(claim, window.text))))
    for a, b in combinations(able, 2):
        both = f"{a[1].text} {b[1].text}"
        numbers = all(holds(n, read(a[1].text).numbers, a[1].text) for n in read(claim).numbers)
        clash = any(
            polarity_clash(read(claim), w.readings) or only_possible(read(claim), w.readings) for _, w, _ in (a, b)
        )
        anchor = parse_day(a[1].sentences[0].article.published_at)
        dated = all(dates_agree(d, [x for r in a[1].readings for x in r.dates], anchor) for d in read(claim).dates)
        if a[2] and b[2] and not a[2] & b[2] and not missing_names(claim, both) and numbers and dated and not clash:
            return [(a[0], a[1]), (b[0], b[1])]
    return None
