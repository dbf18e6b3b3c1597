"""How much a line looks like page furniture: shopping carts, comment forms, cookie banners, credits, slugs.

One score from a line's shape, its words and where it stands. The lists hold the vocabulary of web pages, in several
languages; none of it knows any article.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from rag.text.language import FUNCTION_WORDS

THRESHOLD = 2.5
_LONGEST = 1500  # characters; nothing so long is furniture


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Words that hardly stand in news prose.
_STRONG = _words(
    """cart checkout login logout newsletter newsletters subscribe subscribing subscription unsubscribe inbox signup
    cookie cookies javascript adblock adblocker captcha comments commenting repost retweet permalink trackback pingback
    homepage sitemap faq rss pdf whatsapp instagram pinterest linkedin telegram tiktok reddit tumblr hashtag
    advertisement advertorial sponsored categorized categorised tagged uncategorized breadcrumb slideshow autoplay
    copyright bookmark username password
    carrito boletín suscríbete suscríbase suscribirse suscripción comentarios publicidad galletas contraseña
    warenkorb anmelden abonnieren kommentare werbung newsletter-anmeldung datenschutz impressum
    panier abonnez-vous abonner commentaires publicité infolettre connexion
    carrello iscriviti commenti pubblicità
    carrinho assine inscreva-se comentários publicidade
    winkelwagen abonneer reacties advertentie
    корзина подписаться подписывайтесь комментарии реклама"""
)
# Words that furniture is made of but prose uses too: they count only beside a strong sign or among themselves.
_WEAK = _words(
    """accept account ad address ads agree all back be best browser buy category categories click close comment
    consent contact content continue copy daily delivered discussion download edit email e-mail enable enter facebook
    fields file filed first follow forum free get go google here home know latest leave let like link load loading log
    main mark marked menu message messages more name navigation need next news notifications off ok online open page
    pages photo photos play please policy popular post posted posts preferences press previous print privacy products
    profile promo publish published read reader readers reading recommended register related reply replies report
    required reserved responses rights save scroll search see send settings share shares shopping sign site skip stay
    stories story straight submit support tag tags terms tip tips toggle top topics trending try turn tweet twitter
    updated updates use using video view views visit watch website write youtube x
    compartir comparte leer más menú buscar inicio siguiente anterior deja dejar comentario respuesta noticias noticia
    correo electrónico obligatorios campos publicado publicada política privacidad aceptar acepto relacionadas
    teilen lesen mehr menü suche startseite weiter zurück kommentar antwort e-mail-adresse pflichtfelder felder
    akzeptieren zustimmen datenschutzerklärung nachrichten artikel erforderliche markiert veröffentlicht
    partager lire plus recherche accueil suivant précédent commentaire réponse adresse obligatoires champs accepter
    confidentialité laisser indiqués publiée article articles lié liés sujet
    condividi leggi cerca successivo precedente commento rispondi lascia obbligatori campi accetta
    partilhar compartilhe leia mais pesquisar comentário resposta deixe obrigatórios seguinte
    delen lees meer zoeken volgende vorige reactie
    поделиться читать читайте далее меню поиск ещё также"""
)
_ADDRESS_READER = _words(
    """you your you're you've yours us please we'll tu tus ti te usted ustedes su sus nos vous votre vos
    sie ihre ihrer ihren ihnen bitte du dein deine uns veuillez tuo tua tuoi vi você vocês u uw je jouw
    вы ваш вас нас"""
)
_COMMANDS = _words(
    """subscribe sign share follow click read support contact reach visit email send watch listen download join donate
    check view see tell enter register log get suscríbete síguenos lee comparte abonnez-vous lisez lesen folgen
    abonnieren iscriviti leggi condividi leia assine siga"""
)
_CREDIT = _words(
    """photo photos photograph photographer image images picture pictures pic file-photo foto fotos fotografía imagen
    bild crédit credit credits courtesy archivo getty shutterstock istock unsplash фото photographie illustration"""
)
_GIVEN = _words("credit credits crédit")
_COMMENT = _words(
    """comment comments commenting reply replies responses discussion comentarios comentario respuesta kommentare
    kommentar commentaires commentaire réponse commenti commento comentários comentário reacties комментарии"""
)
# "Jan Doe/AFP", "REUTERS/Jan Doe", "AP Photo/Jan Doe", "Jan Doe/The Coast Post via Getty Images", at a caption's end.
_NAME = r"[A-ZÀ-Þ][\w.'’-]+(?: [A-ZÀ-Þ][\w.'’-]+){0,4}"
_AGENCY = (
    r"(?i:ap(?: photo)?|afp|reuters|epa(?:-efe)?|efe|dpa|upi|getty(?: images)?|shutterstock|bloomberg|xinhua|pool)"
)
_BY_AGENCY = re.compile(
    rf"(?:^|[\s(.])(?:{_NAME}\s?/\s?{_AGENCY}|{_AGENCY}\s?/\s?{_NAME}|{_NAME} via {_AGENCY})\)?\W*$"
)
_SOURCE = _words("source sources fuente fuentes quelle fonte bron via источник")

_TOKEN = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_ADDRESS = re.compile(r"\S+@\S+\.\w+|https?://\S+|www\.\S+|(?<!\w)[@#]\w+")
_FINAL = re.compile(r"[.!?…。！？।؟](?:[\"'”’»)\]\s]|\[\d+\])*$")
_QUOTE = re.compile(r"[\"“„«].+[\"”“»]")
_SLUG = re.compile(r"[a-zà-ÿа-я][\w \-]*(?:[-_][\w \-]*|\.(?:jpe?g|png|gif|webp))")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s+\S")
_LEAD = re.compile(r"\W*([^:|/]{2,40}?)\s*[:|/]")


@dataclass(frozen=True, slots=True)
class Line:
    """A line with where it stands: ``edge`` before the first or after the last paragraph of prose."""

    text: str
    edge: bool
    foreign: bool = False  # in another language than the article


def judge(line: Line) -> tuple[float, str]:
    """A score, furniture from ``THRESHOLD`` on, and the strongest reason in plain words."""
    if len(line.text) > _LONGEST:
        return 0.0, ""
    tokens, addresses, strong, share, reader, sentence = _see(line.text)
    if not tokens and not addresses:
        return (0.0, "") if re.search(r"\d", line.text) else (THRESHOLD, "no words")
    signs: list[tuple[float, str]] = []

    if strong or addresses or reader or share > 0.99:
        signs.append((2.0 * share, "words of page furniture"))
    if strong or addresses:
        signs.append((1.0 if strong + addresses == 1 else 1.5, "words of page furniture"))
    if reader and share:
        signs.append((1.0, "speaks to the reader"))
    if line.edge and tokens and tokens[0] in _COMMANDS and (strong or addresses or share > 0.4):
        signs.append((1.0, "speaks to the reader"))
    if line.edge:
        signs.append((1.0, "outside the article's body"))
    if not sentence:
        signs.append((0.5, "not a sentence"))
    if line.foreign and line.edge:
        signs.append((2.5, "in another language"))
    if not sentence and _is_credit(line.text, tokens):
        signs.append((2.5, "a picture credit"))
    if is_slug(line.text):
        signs.append((2.5, "a file or tag name"))
    if _has_furniture_label(line.text) and not sentence:
        signs.append((2.0, "words of page furniture"))
    if sentence and share < 0.6 and "©" not in line.text and not (line.foreign and line.edge):
        signs.append((-0.5 if reader and strong + addresses else -1.5, "prose"))
    if _QUOTE.search(line.text) and len(tokens) > 8:
        signs.append((-1.0, "a quotation"))
    if len(tokens) > 45:
        signs.append((-1.0, "long"))
    if "©" in line.text:
        signs.append((2.0, "a copyright line"))
    if _NUMBERED.match(line.text) and strong + addresses < 2:
        signs.append((-2.0, "an item of a list"))
    score = sum(weight for weight, _ in signs)
    return score, max(signs, default=(0.0, ""))[1]


class _Seen(NamedTuple):
    """What a line's words are, wherever it stands. ``share``: of its telling words, those of page furniture."""

    tokens: list[str]
    addresses: int
    strong: int
    share: float
    reader: bool
    sentence: bool


@lru_cache(maxsize=2048)  # a line is judged as prose first and as furniture later
def _see(text: str) -> _Seen:
    addresses = 0
    plain = text
    if any(mark in text for mark in ("@", "#", "://", "www.")):
        addresses = len(_ADDRESS.findall(text))
        plain = _ADDRESS.sub(" ", text)
    tokens = _TOKEN.findall(plain.lower().replace("’", "'"))
    kinds = Counter(map(_kinds().get, tokens))
    content = len(tokens) - kinds["function"] or len(tokens)
    known = kinds["strong"] + kinds["weak"] + addresses
    reader = False
    if not _ADDRESS_READER.isdisjoint(tokens):
        words = _TOKEN.findall(plain)
        reader = any(w.lower().replace("’", "'") in _ADDRESS_READER and not w.isupper() for w in words)  # not "US"
    share = known / (content + addresses) if content + addresses else 0.0
    sentence = is_sentence(text) or (addresses > 0 and is_sentence(plain))  # a sentence and its link
    return _Seen(tokens, addresses, kinds["strong"], share, reader, sentence)


@cache
def _kinds() -> dict[str, str]:
    kinds = dict.fromkeys(_function_words(), "function")
    return kinds | dict.fromkeys(_WEAK, "weak") | dict.fromkeys(_STRONG, "strong")


def is_sentence(text: str) -> bool:
    """Whether the line ends as a sentence does."""
    return bool(_FINAL.search(text.rstrip()))


def is_slug(text: str) -> bool:
    """All lower case, no sentence punctuation, few words, as file names and tags are: "harbour-storm 2"."""
    text = text.strip()
    return len(text) <= 120 and len(text.split()) <= 8 and text == text.lower() and bool(_SLUG.fullmatch(text))


def source_line(text: str) -> str | None:
    """The name in "Source: AFP" or "Fuente: EFE", None for any other line."""
    match = re.fullmatch(r"\W*(\w+)\s*[:：]\s*([^.,;:!?]{2,40})\.?", text.strip())
    if match and match.group(1).lower() in _SOURCE and len(match.group(2).split()) <= 4:
        name = match.group(2).strip(" *_-–—()[]")
        return name if name[:1].isupper() or name[:1].isdigit() else None
    return None


def opens_comments(text: str) -> bool:
    """Whether the line heads a comment section: what follows it is written by readers."""
    tokens = [t.lower() for t in _TOKEN.findall(text)]
    content = [t for t in tokens if t not in _function_words()]
    return any(t in _COMMENT for t in content) and len(tokens) <= 6 and not is_sentence(text)


def _is_credit(text: str, tokens: list[str]) -> bool:
    lead = _LEAD.match(text)
    label = re.findall(r"[^\W\d_]+", lead.group(1).lower()) if lead else []
    # "credit" comes last: "Photo credit: …" is one, "Credit rating: …" is not
    if len(label) <= 3 and ((_CREDIT - _GIVEN) & {*label} or _GIVEN & {*label[-1:]}):
        return True
    tail = re.search(r"\(([^()]{3,60})\)\W*$|(?:[|/–—-]\s*)([^|/]{3,40})$", text)
    named = {w.lower() for w in _TOKEN.findall((tail.group(1) or tail.group(2)) if tail else "")}
    if _BY_AGENCY.search(text[-120:]):
        return True
    return bool(named & _CREDIT) or "file photo" in text.lower() or {"getty", "images"} <= set(tokens)


def _has_furniture_label(text: str) -> bool:
    """ "Read more: …", "Lea también: …", "Related | …": a label of nothing but furniture words, then anything."""
    lead = _LEAD.match(text)
    words = [w.lower() for w in _TOKEN.findall(lead.group(1))] if lead else []
    content = [w for w in words if w not in _function_words()] or words
    return bool(words) and len(words) <= 4 and all(w in _WEAK or w in _STRONG for w in content)


@cache
def _function_words() -> frozenset[str]:
    return frozenset().union(*FUNCTION_WORDS.values()) - _ADDRESS_READER - _WEAK - _STRONG
