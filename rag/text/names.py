"""Proper names in English text, found by capitals and compared by rules: no gazetteer but the world's countries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rag.text.countries import country_forms
from rag.text.numerals import SCALES, SMALL, TENS
from rag.text.words import STOP_WORDS, stem, word_set


@dataclass(frozen=True, slots=True)
class Name:
    """A proper name at ``[start, end)``. ``keys``: its comparable words without titles and particles, one per word;
    a country and what is named after it share a key ("American" -> "united states")."""

    start: int
    end: int
    text: str
    keys: tuple[str, ...]


# Titles and offices say what somebody is; they are content, not part of who it is.
_TITLES = word_set(
    """mr mrs ms miss dr prof professor sir lord lady dame king queen prince princess president vice premier chancellor
    minister ministers prime secretary general colonel major captain commander lieutenant sergeant admiral marshal
    governor mayor senator congressman congresswoman representative rep sen gov gen col capt lt sgt judge justice
    ambassador pope cardinal bishop archbishop father sister brother chief chairman chairwoman chair director
    officer inspector detective constable sheriff sultan emir sheikh ayatollah mullah imam rabbi rev reverend st
    speaker deputy foreign interior defence defense finance state spokesman spokeswoman spokesperson former acting"""
)
# Capitalised words that are no names: they tell time, or open a sentence.
_CALENDAR = word_set(
    """monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december mondays tuesdays wednesdays thursdays fridays saturdays sundays am pm gmt utc
    jan feb mar apr jun jul aug sep sept oct nov dec christmas"""
)
_OPENERS = word_set(
    """about according across aid almost along also although amid among analysts annual another answer anyone anything
    approximately area army around attack attacks authorities bad based because besides big billions blast bomb
    border both bridges cars central certain children city clashes climate club coach company congress construction
    council country county court crash critics currently daily damage data despite details different district
    doctors dozens due earlier early east eastern education efforts either election elections employees engineers
    even eventually every everybody everyone evidence except experts families fans farmers federal few fewer
    fighters fighting figures finally fire firefighters firm first flights flood following food foreign furthermore
    gas given global goals good government growth gunmen half health heat heavy hence here high homes hospitals
    houses how however hundreds if important inflation initially inside inspectors instead insurgents international
    investigators investors judges large last late later lawmakers lawyers leaders least less like local low lower
    many maybe meanwhile media members men mid militants military millions ministry money monthly more moreover most
    national navy near nearby nearly neither new news next no nobody none north northern not note nothing now off
    officials oil old once opponents other others outside over overall parliament part parts passengers peace people
    perhaps planes plans players please police politicians possible power presidential previously prices private
    profits prosecutors protesters province public rain rebels recently region regional report reports rescue
    rescuers research researchers residents results river roads roughly sales schools science scientists second
    several shares ships shops similar since small snow soldiers some someone something soon sources south southern
    state still stocks storm strike striker strikes students study such supporters survivors talks teachers team
    tens then there therefore third though thousands throughout thus today tomorrow tourists toward towards town
    trade trains troops twice two under unemployment unless unlike up upper various victims village violence
    airlines airports animals artists astronauts athletes babies banks books brands buildings buses businesses buyers
    cities citizens clubs coaches colleges countries couples courts crews cultures customers designers developers drugs
    factories flowers forests games girls grocers groups guests gyms hotels hunters islands kids laws libraries
    locals machines markets mothers museums neighbors neighbours nurses owners parents parties patients phones photos
    pigs pilots pools ports presidents prisons producers pubs pupils radio restaurants riders rights robots rockets
    satellites schoolchildren shoppers songs states stations stores students suburbs supermarkets tests
    theaters theatres tickets trees troops trucks unions universities users viewers wildfires women workers
    visitors vote voters votes war water weather weekly west western what when where whereas whether which while who
    whose why wind within without witnesses women work workers yes yesterday yet"""
)
_COMMON_ENDINGS = (
    "ing", "ings", "ed", "ly", "tion", "tions", "sion", "ment", "ments", "ness", "ity", "ities", "ies", "ance", "ence",
    "ers", "ors", "ists", "ants", "ents", "ages", "als", "ism", "ship", "ial", "onal", "ical", "imilar", "ular", "ious",
    "ous", "ful", "less", "able", "ible", "ights",
)  # fmt: skip
_ALSO_CALLED = {"gop": "republican", "republicans": "republican", "dems": "democrat", "democrats": "democrat"}
TOGETHER = 4  # words at most between two words of one name: "the palace of the kings of Paris"
_PARTICLES = word_set("""of the de del della di da la le van von der den bin ibn al el and for du dos das y i e &""")
_LINKS = word_set("""& for bin da das de del della den der di dos du ibn la le of van von""")

_WORD = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’\-‑.&][^\W_]+)*|&")
_INITIALS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]?\.?")
_SENTENCE_END = re.compile(r"[.!?:;…][\"”’'»)\]]*\s+[\"“‘'«(\[]*$|\n\s*[\"“‘'«(\[]*$|[\"“«]\s*$|[-–—•*]\s+$")
# Abbreviations whose full stop ends no sentence.
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|Gen|Col|Capt|Lt|Sgt|Sen|Rep|Gov|Rev|St|No|vs|[A-Z])\.\s+$")


@lru_cache(maxsize=8192)
def find_names(text: str) -> tuple[Name, ...]:
    """Runs of capitalised words in order. A lone capitalised word that opens a sentence counts only if it is no common
    word: not a function word or a frequent opener, no ending of common nouns, and not in lower case elsewhere."""
    lower_words = {w for w in re.findall(r"[^\W\d_]+", text) if w[0].islower()}
    found: list[Name] = []
    run: list[re.Match[str]] = []
    pending: list[re.Match[str]] = []

    def close() -> None:
        if run:
            name = _trim(run, text, lower_words)
            if name:
                found.append(name)
        run.clear()
        pending.clear()

    last_end = 0
    for match in _WORD.finditer(text):
        gap = text[last_end : match.start()]
        word = match[0]
        if run and (
            gap.strip(" .") or "\n" in gap or ("." in gap and not _ABBREVIATION.search(text[: match.start()][-8:]))
        ):
            close()
        if _is_capital(word):
            if pending and run:
                run.extend(pending)
                pending.clear()
            run.append(match)
        elif run and (word in _LINKS or (word == "the" and pending)) and len(pending) < 2:
            pending.append(match)
        else:
            close()
        last_end = match.end()
    close()
    return tuple(found)


def keys_of(text: str) -> frozenset[str]:
    """Every word of a text in the form that names are compared by, countries included."""
    return _keys(text)


def missing_names(claim: str, quote: str, context: str = "", known: str = "") -> list[str]:
    """Names of ``claim`` that stand neither in ``quote`` nor in ``context``, as written in the claim.

    A name stands there when each of its words does, whatever the case, titles aside; an acronym is met by a name with
    these initials and the other way round; "American" is met by "US". A surname in the quote carries the full name
    only if the full name stands in ``context`` or ``known`` (the article, the question). Two people's names do not add
    up to a third's.
    """
    held = _keys(quote) | _keys(context)
    held_names = find_names(quote) + find_names(context)
    initials = {i for name in held_names for i in _initials(name.text)}
    missing = []
    for name in find_names(claim):
        if not _stands(name, held, held_names, initials, known) and not _introduced(name, claim):
            missing.append(name.text)
    return missing


def sibling(name: Name, names: Iterable[Name]) -> Name | None:
    """One of ``names`` that shares a word with ``name`` and has another in its place: Orrin Trade School for Orrin
    Music School. None where one of them is ``name``, or may be short for it."""
    ours = set(name.keys)
    found = None
    for other in names:
        theirs = set(other.keys)
        if ours <= theirs or theirs <= ours:
            return None
        if len(ours) > 1 and len(theirs) > 1 and ours & theirs and len(ours - theirs) == 1:
            found = other
    return found


def put_together(claim: str, quote: str, article: str) -> str | None:
    """A name of two words that the claim makes of two that stand apart in the quote ("the Paris Palace" of a palace and
    of Paris) and that its article never has as one; None where there is none. Countries may stand anywhere."""
    held = find_names(article)
    low = [_fold(w) for w in re.findall(r"[^\W\d_]+", quote)]
    for name in find_names(claim):
        if len(name.keys) != 2 or len(name.text.split()) != 2 or any(" " in k or is_country(k) for k in name.keys):
            continue
        if any(set(name.keys) <= set(other.keys) for other in held):
            continue
        a, b = ([i for i, w in enumerate(low) if w == key] for key in name.keys)
        if a and b and all(abs(i - j) > TOGETHER for i in a for j in b):
            return name.text
    return None


def is_country(name: str) -> bool:
    """Whether a name is only a country's, a continent's or their people's: "American", "Afghan"."""
    return _fold(name).removesuffix("'s") in country_forms()


def same_name(a: Name, b: Name) -> bool:
    """Whether two names can mean the same: one's words are among the other's, or one is the other's initials."""
    if set(a.keys) <= set(b.keys) or set(b.keys) <= set(a.keys):
        return True
    return bool(set(a.keys) & _initials(b.text) or set(b.keys) & _initials(a.text))


def share_name(ours: Iterable[Name], theirs: Sequence[Name]) -> bool:
    return any(same_name(a, b) for a in ours for b in theirs)


def _stands(name: Name, held: frozenset[str], held_names: Sequence[Name], initials: set[str], known: str) -> bool:
    absent = [key for key in name.keys if not _held(key, held)]
    if not absent:
        return not _patched_together(name, held_names)
    if len(name.keys) == 1 and name.keys[0] in initials:
        return True
    if _initials(name.text) & held:
        return True
    compact = "".join(name.keys)
    if compact in initials or all(key in initials or _held(key, held) for key in name.keys):
        return True
    # "Ada Lovelace" for a quote's "Lovelace", where the article names her in full
    if not known or len(name.keys) < 2 or name.keys[-1] in absent or not _same_run(name, find_names(known)):
        return False
    # but not for a quote's "Byron Lovelace", which is somebody else
    bearers = [other for other in held_names if name.keys[-1] in other.keys]
    return not bearers or any(set(other.keys) <= set(name.keys) for other in bearers)


def _introduced(name: Name, claim: str) -> bool:
    """Whether a claim gives an acronym in brackets right after the words it stands for."""
    if claim[name.start - 1 : name.start] != "(" or claim[name.end : name.end + 1] != ")":
        return False
    capitals = "".join(c for c in name.text if c.isupper()).lower()
    heads = "".join(w[0] for w in re.findall(r"[^\W\d_]+", claim[: name.start]) if w[0].isupper()).lower()
    return len(capitals) > 1 and capitals in heads


def _same_run(name: Name, names: Sequence[Name]) -> bool:
    return any(set(name.keys) <= set(other.keys) for other in names)


def _patched_together(name: Name, held: Sequence[Name]) -> bool:
    """Whether "John Brown" is only found as John of "John Smith" and Brown of "Peter Brown".

    Of a longer name two words must each stand only in names that go on with something else, and never in one.
    """
    ours = set(name.keys)
    if len(ours) < 2 or any(ours <= set(other.keys) for other in held):
        return False
    elsewhere = {}  # of words found only in others' names: which
    for key in ours:
        owners = [i for i, other in enumerate(held) if key in other.keys]
        if owners and all(set(held[i].keys) - ours for i in owners):
            elsewhere[key] = set(owners)
    if len(ours) == 2 and len(elsewhere) < 2:
        return False
    return any(not a & b for a in elsewhere.values() for b in elsewhere.values())


def _held(key: str, held: frozenset[str]) -> bool:
    if key in held or key + "s" in held or (len(key) > 3 and key.endswith("s") and key[:-1] in held):
        return True
    return len(key) > 4 and key.islower() and " " not in key and f"~{stem(key)}" in held


@lru_cache(maxsize=8192)
def _keys(text: str) -> frozenset[str]:
    words = [m[0] for m in _WORD.finditer(text)]
    keys = set()
    for i, word in enumerate(words):
        for key in _word_keys(word):
            keys.add(key)
            keys.add(f"~{stem(key)}")
        for size in (2, 3, 4):
            country = country_forms().get(_fold(" ".join(words[i : i + size])).removesuffix("'s"))
            if country and word[:1].isupper():
                keys.add(country)
    return frozenset(keys)


def _word_keys(word: str) -> list[str]:
    """One word's keys: the country it stands for, or its folded parts ("Sar-e-Pul" -> "sar", "pul")."""
    flat = word.replace(".", "") if _INITIALS.fullmatch(word) else word
    low = re.sub(r"'s?$", "", _fold(flat))
    country = country_forms().get(low)
    if country and flat[:1].isupper() and (len(low) > 2 or flat.isupper()):
        return [country]
    if low in _ALSO_CALLED:
        return [_ALSO_CALLED[low]]
    if flat.isupper() and len(flat) < 6:
        return [low]
    if "-" in flat and any(part[:1].isupper() for part in flat.split("-")):
        # of "US-led" and "al-Hamra" the capitals are the name, of "Sar-e-Pul" both
        parts = [part for part in re.sub(r"['’]s?$", "", flat).split("-") if part[:1].isupper()]
        return [country_forms().get(_fold(p), _fold(p)) if len(p) > 2 or p.isupper() else _fold(p) for p in parts]
    return [part for part in re.split(r"[-‑.&]", low) if part and part not in _PARTICLES] or [low]


def _fold(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.replace("’", "'"))
    return "".join(c for c in folded if not unicodedata.combining(c)).lower()


def _is_capital(word: str) -> bool:
    parts = re.split(r"[-‑]", word)
    if word[0].isupper() or re.fullmatch(r"(?:al|el|an|ad|ash|as)[-‑][A-Z].*", word):
        return True
    return len(parts) == 1 and any(c.isupper() for c in word[1:]) and word[0].isalpha()


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start][-12:]
    if not before.strip(" \"“‘'«(["):
        return start <= 12
    return bool(_SENTENCE_END.search(before)) and not _ABBREVIATION.search(before)


def _trim(run: Sequence[re.Match[str]], text: str, lower_words: set[str]) -> Name | None:
    """Cut function words, calendar words and common openers off the ends of a run, and read its keys."""
    words = list(run)
    opens = _opens_sentence(text, words[0].start())
    while words and _no_name(words[0][0], opens and words[0] is run[0], len(words) == 1, lower_words):
        words.pop(0)
    # "Holding Ghazni gives ...": a gerund that opens a sentence is no part of the name after it
    if opens and len(words) == 2 and words[0] is run[0] and re.fullmatch(r"[A-Z][a-z]{2,}ing", words[0][0]):
        words.pop(0)
    while (
        words
        and (words[-1][0].lower() in _CALENDAR or words[-1][0].lower() in STOP_WORDS)
        and not _acronym(words[-1][0])
    ):
        words.pop()
    if not words:
        return None
    start, end = words[0].start(), words[-1].end()
    phrase = re.sub(r"['’]s?$", "", text[start:end])
    country = country_forms().get(_fold(phrase)) if len(words) > 1 else None
    if country:
        return Name(start, start + len(phrase), phrase, (country,))
    keys: list[str] = []
    i = 0
    while i < len(words):
        for size in (4, 3, 2):
            joined = _fold(" ".join(w[0] for w in words[i : i + size])).removesuffix("'s")
            if len(words[i : i + size]) == size and joined in country_forms():
                keys.append(country_forms()[joined])
                i += size
                break
        else:
            word = words[i][0]
            if (word.lower() not in _LINKS and word.lower() not in STOP_WORDS - {"us"}) or _acronym(word):
                keys.extend(_word_keys(word))
            i += 1
    core = tuple(k for k in keys if k not in _TITLES and k not in _CALENDAR)
    if not core or all(key.isdigit() for key in core):
        return None
    return Name(start, start + len(phrase), phrase, core)


def _acronym(word: str) -> bool:
    return len(word.replace(".", "")) > 1 and word.replace(".", "").isupper()


def _no_name(word: str, opens: bool, alone: bool, lower_words: set[str]) -> bool:
    low = word.lower()
    if _acronym(word) and low not in ("a", "i", "no", "yes"):
        return False
    low = re.sub(r"['’]s?$", "", low)
    if low in STOP_WORDS or low in _CALENDAR or word in ("I", "A"):
        return True
    if not opens:
        return False
    if low in country_forms() or "-" in word or any(c.isupper() for c in word[1:]):
        return False
    if low in _OPENERS or low in SMALL or low in TENS or low in SCALES or low in lower_words:
        return True
    return alone and (low in _TITLES or low.endswith(_COMMON_ENDINGS) or (not word.isalpha() and "'" not in word))


@lru_cache(maxsize=4096)
def _initials(phrase: str) -> frozenset[str]:
    """The acronyms a name may go by: "United Nations" -> "un"; "Bank of England" -> "be", "boe"."""
    words = [w for w in re.split(r"[\s\-‑]+", phrase) if w and w[0].isalpha()]
    if len(words) < 2:
        return frozenset()
    every = "".join(w[0] for w in words).lower()
    capitals = "".join(w[0] for w in words if w[0].isupper()).lower()
    return frozenset(i for i in (every, capitals) if len(i) > 1)
