"""Words that reports use for one another: nouns for the same people and things, verbs for the same event.

General English: where one report counts "fighters" and another "rebels", where one says "sheltered" and the other
"lived", they may tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from rag.text.reading import read, root

# Verbs and nouns by which reports tell one and the same event.
_EVENTS = """
start begin began begun starting beginning broke erupt erupted alarm ignite ignited onset outbreak;
end ended finish finished conclude concluded ending stop stopped halt halted;
founded established establish established formed founding establishment;
built build constructed erected construction;
released release issued publish published publication;
strike struck hit strikes; arrive arrived reach reached landed; leave left depart departed departure;
take taken took capture captured seize seized fall fell fallen overrun overran conquer conquered;
win won beat defeated victory winner; died die killed death dead; sign signed signing contract;
designed architect designer design; produced producer; held hold control controlled;
last lasted lasting continue continued; wait waited; approve approved approval passed adopted;
meet met meeting; elect elected election; appoint appointed named appointment; directed director; written wrote author;
born birth birthday; married wife husband spouse; located situated lies stands
"""
_EVENT = {root(w): line.split()[0] for line in reversed(_EVENTS.split(";")) for w in line.split()}
# Nouns that count the same. "Men" may be any of those that stand with it.
_NOUNS = """
house home dwelling building residence household;
fighter rebel insurgent militant guerrilla gunman gunmen attacker assailant combatant extremist terrorist militiaman
militiamen jihadist;
soldier troop serviceman servicemen conscript recruit;
policeman policemen police officer constable gendarme;
people person resident inhabitant villager civilian citizen individual soul name passenger evacuee local;
refugee migrant displaced arrival asylum-seeker;
worker employee job staff labourer workforce personnel miner driver;
spectator fan visitor onlooker attendance crowd audience;
demonstrator protester marcher participant;
pupil student child children schoolchild schoolchildren youngster; prisoner detainee inmate captive;
hostage abductee captive; ship vessel boat; plane aircraft aeroplane airplane jet; car vehicle; lorry truck;
painting picture canvas artwork work; store shop; firm company business;
lawmaker deputy MP legislator parliamentarian; judge magistrate; doctor physician medic; tank armour;
village hamlet settlement; gate sluice floodgate; shell rocket missile; strike raid airstrike; bomb explosive
"""
# Verbs, and nouns made of them, by which reports tell the same.
_VERBS = """
live shelter house lodge dwell accommodate stay host;
join participate part strike-off stop walkout;
injure hurt wound injury casualty hospitalise;
damage loss cost; loss lose casualty; rescue save evacuate;
release free freed liberate; kidnap abduct seize;
sentence jail imprison prison; arrest detain custody;
fire blaze inferno burn; flood inundate; crash wreck accident; derail derailment; quake earthquake tremor;
march demonstrate protest rally demonstration; sink founder; cave collapse; opposition resistance;
warn warning alert; talk negotiate negotiation; agree agreement deal accord; truce ceasefire armistice;
leave go depart quit; fail collapse burst broke break give gave; recapture retake retaken retook; fall drop decline;
rise climb increase; assault attack raid offensive fighting battle clash strike;
hold control; aboard board passenger; wage pay salary; buy purchase acquire takeover acquisition price;
speed fast; resign quit step; vote ballot; final match game; cup trophy; fund finance; blame fault responsible;
last duration long; near close; airport airfield; city town capital; ferry ship; mayor council-leader; wait hold delay;
reach arrive; win victory winner; turnout voter part; survive survivor alive; weapon gun arm; big large
"""


def event(word_root: str) -> str:
    """A root with the verbs joined by which reports tell the same event: "broke (out)" and "began"."""
    return _EVENT.get(word_root, word_root)


def _classes(table: str) -> dict[str, frozenset[str]]:
    """Each word's root with the roots of all words that it shares a line with."""
    found: dict[str, set[str]] = {}
    for line in table.split(";"):
        roots = {event(root(w)) for w in line.split()}
        for one in roots:
            found.setdefault(one, set()).update(roots)
    return {word: frozenset(others) for word, others in found.items()}


_NOUN = _classes(_NOUNS)
_VERB = _classes(_VERBS)


def alike(word_root: str) -> frozenset[str]:
    """The roots, its own among them, that may stand for a root."""
    own = event(word_root)
    return frozenset({word_root, own}) | _VERB.get(own, frozenset()) | _NOUN.get(own, frozenset())


def counts_same(a: str, b: str) -> bool:
    """Whether two counted nouns may mean the same things: "houses" and "homes"."""
    one, two = event(root(a)), event(root(b))
    return one == two or two in _NOUN.get(one, frozenset())


def senses(text: str) -> frozenset[str]:
    """The content roots of a text, as ``event`` joins them."""
    return roots_of(read(text).roots)


def roots_of(roots: Iterable[str]) -> frozenset[str]:
    return frozenset(r for each in roots for r in (each, event(each)))
