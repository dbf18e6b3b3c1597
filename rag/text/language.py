"""Which language a text is in. Says so only when it can be told.

py3langid is sure of itself on paragraphs but not on short questions full of foreign names, so function words
decide first: names have none. Answers are ISO 639-1 codes.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that carry a sentence, per language. Words that are ordinary in another of these languages stand in both.
FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        """the a an of to in on at by for from with and or but not is are was were be been being has have had do does
        did will would can could should may might must this that these those it its he she they we you i his her their
        our your him them who what when where why how which whose many much there any all some than then as if about
        after before during since until between over under into out up off no more most also only just so such very
        please tell me name give list says said"""
    ),
    "es": _words(
        """el la los las un una unos unas de del al en y o que no es son fue fueron era eran ha han había por para con
        sin sobre entre desde hasta pero como más su sus se lo le les este esta estos estas muy ya también donde cuando
        quien quién quiénes qué cuál cuáles cuándo dónde cómo cuánto cuánta cuántos cuántas cuantos cuantas está están
        si porque a me dime hay según"""
    ),
    "fr": _words(
        """le la les un une des du de d l et ou où que qui quoi quel quelle quels quelles quand comment pourquoi combien
        est sont était étaient été être a ont avait avaient avoir il elle ils elles on nous vous ce cette ces son sa ses
        leur leurs dans en au aux par pour avec sans sur sous entre depuis mais ne pas plus aussi comme si se qu c n y
        je tu selon avez vos votre notre"""
    ),
    "de": _words(
        """der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine ist sind war waren
        wird werden wurde wurden hat haben hatte hatten sein in im an am auf aus bei mit nach von vom zu zum zur für
        über unter gegen durch um ab bis seit wer was wann wo warum wie welche welcher welches wessen wem wen wieviel
        viele es er sie wir ihr ich du man auch noch nur schon sich als wenn dass daß ihre ihren ihrer unsere bitte
        gibt laut"""
    ),
    "it": _words(
        """il lo la i gli le un uno una di del della dei delle degli dello da dal dalla dai in nel nella nei nelle a al
        alla ai alle con su sul sulla per tra fra e ed o ma non che chi cosa quando dove come perché quale quali quanto
        quanta quanti quante è sono era erano ha hanno aveva avevano stato stata stati suo sua suoi si ci anche più
        questo questa questi queste ho secondo dopo"""
    ),
    "pt": _words(
        """o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela para com sem sobre
        entre e ou mas não que quem qual quais quando onde como porquê porque quanto quanta quantos quantas é são foi
        foram era eram está estão tem têm tinha seu sua seus suas se ele ela eles elas este esta isso mais também já
        até desde depois segundo"""
    ),
    "nl": _words(
        """de het een en of maar niet geen is zijn was waren wordt worden werd werden heeft hebben had hadden in op aan
        bij met naar van voor uit over onder tegen door om tot sinds wie wat wanneer waar waarom hoe welke welk hoeveel
        er dat die dit deze hij zij ze wij we je jij u ik ook nog al als dan te zich hun haar volgens"""
    ),
    "sv": _words(
        """och att det som en ett är var av för på med till från inte den de om har hade kan ska vem vad när hur
        varför vilken vilket vilka många efter under mellan men sig sin sina vi ni hon han i eller enligt blev"""
    ),
    "no": _words(
        """og å det som en et er var av for på med til fra ikke den de om har hadde kan skal hvem hva når hvor hvordan
        hvorfor hvilken hvilke mange etter under mellom men seg sin sine vi dere hun han i eller ifølge ble"""
    ),
    "da": _words(
        """og at det som en et er var af for på med til fra ikke den de om har havde kan skal hvem hvad hvornår hvor
        hvordan hvorfor hvilken hvilke mange efter under mellem men sig sin sine vi hun han i eller ifølge blev"""
    ),
    "pl": _words(
        """i w na z ze do od o po za przez dla nie że się jest są był była było były to ten ta te kto co kiedy gdzie
        dlaczego jak jaki jaka jakie ile który która które przed między ale oraz lub czy jego jej ich już także według
        tego został"""
    ),
    "tr": _words(
        """ve bir bu şu o da de ki mi mı mu mü ile için gibi daha çok ne kim kimin nerede nereye zaman neden niçin nasıl
        kaç hangi değil var yok olarak olan oldu sonra önce kadar ama veya göre tarafından"""
    ),
    "ro": _words(
        """și si în in la de din cu pe pentru care ce cine când cand unde cum cât câți câte este sunt a au fost nu un o
        ale al lui prin după dar sau că mai se despre"""
    ),
    "id": _words(
        """yang dan di ke dari untuk dengan tidak ini itu pada adalah oleh akan telah sudah siapa apa kapan mana mengapa
        bagaimana berapa ada dalam juga atau para kepada menurut"""
    ),
    "ru": _words(
        """и в во не на что кто где когда почему как сколько какой какая какие был была были было с со по из за от к о
        об для это он она они его их но или же бы до после между также который сказал"""
    ),
    "uk": _words(
        """і й в у не на що хто де коли чому як скільки який яка які був була були було з зі по із за від до про для це
        він вона вони його їх але або ж би після між також"""
    ),
}
_MARKS = {"es": "¿¡ñ", "de": "ß", "pt": "ãõ", "fr": "œ", "tr": "ğş", "ro": "țșă", "pl": "łżźęą", "sv": "", "it": ""}
_MACRO = {"arz": "ar", "ary": "ar", "wuu": "zh", "yue": "zh", "nn": "no", "pcm": "en", "grc": "el", "uzs": "uz"}
_WORD = re.compile(r"[^\W\d_]+(?:[’'][^\W\d_]+)*")
_ADDRESS = re.compile(r"\S{0,80}(?:://|@|www\.)\S*")
_NOT_LATIN = re.compile(r"[^\u0000-\u024f\u1e00-\u1eff]")
_ENOUGH = 20_000  # characters, more tell nothing new
_LONG = 25  # words from which the classifier alone may decide


def detect(text: str) -> str | None:
    """The ISO 639-1 code of the language of ``text``, None when unsure (too short, only names, mixed)."""
    text = text[:_ENOUGH]
    if any(mark in text for mark in ("://", "@", "www.")):
        text = _ADDRESS.sub(" ", text)
    tokens = _WORD.findall(text)
    if not tokens:
        return None
    if not text.isascii() and 2 * len(_NOT_LATIN.findall("".join(tokens))) > sum(map(len, tokens)):
        return _other_script(text, tokens)
    hits = _hits(tokens, text)
    best, second = sorted(hits, key=lambda k: (-hits[k], k != "en"))[:2]
    clear = hits[best] > 2 * hits[second] or hits[best] - hits[second] >= 4
    if hits[best] >= max(2, 0.2 * len(tokens)) and clear:
        return best
    guess, probability, probabilities = _classify(text)
    if len(tokens) >= _LONG and probability >= 0.8:
        return guess
    if hits["en"] and hits["en"] >= hits[best]:
        return "en"
    if hits[best] > hits["en"]:
        # Among close relatives the classifier chooses; without it a single small word proves nothing.
        rivals = [k for k in hits if hits[k] >= hits[best] - 1 and hits[k] > hits["en"]]
        likely = max(rivals, key=lambda k: probabilities.get(k, 0.0))
        if probabilities.get(likely, 0.0) >= (0.2 if hits[likely] >= 2 else 0.35):
            return likely
        return None
    return guess if probability >= 0.9 and len(tokens) >= 4 else None


def _hits(tokens: list[str], text: str) -> dict[str, int]:
    """Function words per language. Capitalised words inside the text count for none: "La Vanguardia", "Le Pen"."""
    shouted = text.isupper()
    plain = [t.lower() for i, t in enumerate(tokens) if i == 0 or t.islower() or shouted]
    found = dict.fromkeys(FUNCTION_WORDS, 0)
    spoken = _languages_of()
    for token in plain:
        parts = (token, *re.split("[’']", token)[:-1]) if "'" in token or "’" in token else (token,)
        for part in parts:
            for code in spoken.get(part, ()):
                found[code] += 1
    lowered = text.lower()
    for code, marks in _MARKS.items():
        found[code] += any(mark in lowered for mark in marks)
    return found


def _other_script(text: str, tokens: list[str]) -> str | None:
    hits = _hits(tokens, text)
    best, second = sorted(hits, key=lambda k: -hits[k])[:2]
    if hits[best] > hits[second]:
        return best
    guess, probability, _ = _classify(text)
    return guess if probability >= 0.35 else None


@cache
def _languages_of() -> dict[str, tuple[str, ...]]:
    """The languages that a function word carries a sentence in."""
    words = frozenset().union(*FUNCTION_WORDS.values())
    return {word: tuple(code for code, known in FUNCTION_WORDS.items() if word in known) for word in words}


def _classify(text: str) -> tuple[str | None, float, dict[str, float]]:
    """The classifier's best ISO 639-1 code, its probability, and those of all codes, dialects added up."""
    totals: dict[str, float] = {}
    for code, probability in _classifier().rank(text):
        code = _MACRO.get(code, code)
        totals[code] = totals.get(code, 0.0) + probability
    best = max(totals, key=lambda k: totals[k])
    return (best if len(best) == 2 else None), totals[best], totals


@cache
def _classifier() -> Any:
    from py3langid import langid

    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
