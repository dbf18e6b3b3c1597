"""Words that exclude each other and words that say the same, for questions that ask for a yes or a no.

Ordinary English vocabulary, compared by root. Two opposites are never both true of one thing at one time, but both may
fail: "did not raise" says nothing of a cut. Of two complements one is true where the other is not.
"""

from __future__ import annotations

from rag.text.reading import root
from rag.text.senses import alike

# Each side's words exclude the other sides'.
_OPPOSITES = """
raise increase rise climb grow | lower cut reduce fall drop decline shrink decrease | keep; gain win | lose; win |
concede; lead | trail; ahead | behind; above | below; up | down; approve accept adopt back endorse pass | reject
refuse veto oppose; support back favour | oppose; agree | disagree refuse; allow permit | ban forbid prohibit bar;
legal | illegal; lawful | unlawful; confirm admit acknowledge | deny; uphold | overturn quash; succeed pass | fail;
include | exclude; strengthen | weaken; tighten | ease loosen; expand widen | shrink narrow; lengthen extend |
shorten; hire | fire dismiss sack; join | quit leave; open reopen | close; start begin | stop end halt; stay remain
| leave quit resign go move; arrive | leave depart; release free acquit | convict; release free | jail imprison
detain; guilty | innocent; survive | die kill; alive | dead; safe | unsafe dangerous; find | lose; build | demolish;
true | false; present | absent; possible | impossible; high | low; large big | small; old | new
young; early | late; full | empty; strong | weak; rich | poor; public | private; easy | hard difficult; better |
worse; more | less fewer; first | last; cheap | expensive dear; calm | rough; male | female; defeat beat | lose;
advance | retreat; attack | defend; lend | borrow; buy | sell; enter | leave; heat | cool; clear | foul
"""
_COMPLEMENTS = """
open | close; alive | dead; survive | die; guilty | innocent; legal | illegal; true | false; present | absent;
possible | impossible; safe | unsafe; succeed | fail
"""
# Verbs and adjectives that may stand for each other.
_SAME = """
begin start commence; end finish conclude; stop halt; raise increase; lower cut reduce decrease; rise climb
increase; fall drop decline decrease; approve pass adopt endorse; support back; buy purchase acquire; dismiss sack
fire; arrest detain; free release; ban forbid prohibit bar; allow permit; repair mend fix; resign quit; beat defeat;
charge indict; jail imprison; admit acknowledge; build erect construct; reach arrive; hold keep; find discover; help
assist; big large; ill sick; expensive dear; difficult hard; quit leave; stay remain; sue sued
"""


# Nouns for the same thing.
_THINGS = """
factory plant works mill; government state cabinet; firm company business; rebel insurgent fighter; jail prison;
mayor council-leader; law bill act; fee charge price; jobless unemployed; firefighter fireman; film movie; match
game; prosecution prosecutor; defence defender
"""


def _classes(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in text.split(";"):
        roots = {root(word) for word in line.split()}
        for one in roots:
            found.setdefault(one, set()).update(roots)
    return {word: frozenset(others) for word, others in found.items()}


def _sides(text: str) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for line in text.split(";"):
        sides = [{root(word) for word in side.split()} for side in line.split("|")]
        for side in sides:
            for one in side:
                found.setdefault(one, set()).update(*(other for other in sides if other is not side))
    return {word: frozenset(others - {word}) for word, others in found.items()}


_THING = _classes(_THINGS)
_OPPOSITE, _COMPLEMENT, _ALIKE = _sides(_OPPOSITES), _sides(_COMPLEMENTS), _classes(_SAME)


def opposites(word_root: str) -> frozenset[str]:
    """The roots of words that can't be true of the same thing at the same time."""
    return _OPPOSITE.get(word_root, frozenset()) - _ALIKE.get(word_root, frozenset())


def complements(word_root: str) -> frozenset[str]:
    """Of the opposites those of which one must be true."""
    return _COMPLEMENT.get(word_root, frozenset())


def things(word_root: str) -> frozenset[str]:
    """The roots of nouns that may mean the same thing."""
    return _THING.get(word_root, frozenset()) | alike(word_root)


def equals(word_root: str) -> frozenset[str]:
    """The roots, its own among them, that say the same as a predicate."""
    return _ALIKE.get(word_root, frozenset()) | {word_root}
