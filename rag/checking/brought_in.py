"""What a claim brings in from nowhere: words that stand neither in its quote nor in the question it answers.

A short claim that repeats the question ("Astrid Kjellin died of cancer") shares most of its words with a quote, and the
one that answers may be made up: so each word is looked for by itself. Another form of it, or a plain synonym, will do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.text.reading import Reading, Term, unprefixed
from rag.text.senses import alike
from rag.text.words import stem, word_set

SHORTEST = 4  # letters of a stem that a longer word may be made from: "report", "reporter"
SHARED = 6  # letters with which two stems of one family begin: "intensify", "intensification"

# Words that add nothing which could be wrong: what happens anyhow, who anybody is, how sure, how often, how much.
_LIGHT = word_set(
    """use used uses using include includes included including involve involved involving consist consists consisted
    make makes made making take takes took taken taking get gets got getting give gives gave given giving go goes went
    come comes came coming happen happened happens occur occurred occurs become became becomes remain remained remains
    tell tells told say saying state stated states mention mentioned describe described describes explain explained
    explains note noted notes add added adds call called calls known named name names names seem seemed show shows
    showed shown speak spoke refer refers referred mean means meant express expressed believe believes believed
    put set keep let try trying able due like need needs needed
    person persons people anyone anybody someone somebody everyone everybody thing things something anything everything
    way ways kind kinds type types part parts place places role roles position positions post name title matter fact
    number numbers amount amounts total figure figures case cases time times period rest lot lots group side reason
    result results answer
    probable probably possible possibly perhaps maybe likely expected expects expect estimated estimate approximately
    roughly nearly almost around about planned plans plan would could might may should
    also still already currently previously formerly now later earlier recently then today ever even soon again just
    only since yet first next last finally instead together respectively especially mainly mostly partly
    various several certain specific different own other others another new same such whole entire main full
    according report reports reported reportedly excerpt excerpts article articles passage passages text source sources
    located location situated near nearby
    one two three four five six seven eight nine ten hundred thousand million billion once twice both half dozen
    dozens scores hundreds thousands millions billions couple pair
    man men woman women year years old age aged"""
)
_LIGHT_STEMS = frozenset(stem(word) for word in _LIGHT)


def brought_in(claim: Reading, quote: Sequence[Reading], known: Iterable[Reading]) -> list[Term]:
    """The claim's words, numbers, dates and names aside, that stand in no form in the quote or in what is ``known``
    besides (its headline, the question)."""
    held = {r for reading in (*quote, *known) for r in (*reading.roots, *reading.unprefixed)}
    near = {other for r in held for other in alike(r)}
    inside = [(n.start, n.end) for n in claim.names] + [(d.start, d.end) for d in claim.dates]
    found = []
    for term in claim.terms:
        light = term.low in _LIGHT or term.root in _LIGHT_STEMS
        if not term.content or light or any(start <= term.start < end for start, end in inside):
            continue
        ours = (term.root, *unprefixed(term.low))
        if not any(alike(r) & near or any(of_one_family(r, other) for other in held) for r in ours):
            found.append(term)
    return found


def of_one_family(a: str, b: str) -> bool:
    """Whether two stems are made from one word: "reloc" of "relocation" and "locat" are not told, "intensif" is."""
    short, long = sorted((a, b), key=len)
    if len(short) >= SHORTEST and long.startswith(short):
        return True
    return len(short) >= SHARED and short[:SHARED] == long[:SHARED]
