"""The Yes or No that begins an answer: split from it, put before it, and held against the statement it goes with."""

from __future__ import annotations

import re

from rag.checking.meaning import polarity_clash, roles_reversed
from rag.checking.settling import settled
from rag.text.names import find_names, missing_names
from rag.text.quantities import same
from rag.text.reading import read
from rag.text.words import asks_yes_no

_LIST_MARK = re.compile(r"^\s*(?:\d{1,2}[.)]|[-*•–])\s+(?=\S)")


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


def polarity_ok(question: str, claim_rest: str, answer_word: str) -> bool | None:
    """Whether "Yes" or "No" fits the sentence after it as an answer to the question; None where that can't be told.

    "No" is expected where the sentence denies what was asked, swaps its roles, gives another number for the same
    thing, or another name in place of one asked about; "Yes" where it restates most of the question.
    """
    if not asks_yes_no(question):
        return None
    told = settled(question, claim_rest, claim_rest)
    if told is not None:
        return told == answer_word
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
