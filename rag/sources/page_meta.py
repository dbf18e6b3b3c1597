"""What a web page says of its article: title, outlet, authors, day of publication, and how each is known.

Read from JSON-LD, meta tags, the address and the page's own bylines, in that order. What may be another day (last
changes, the copyright's year, "today" in the page's head) is never read as the day of publication.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any

from rag.intake.provenance import day_in, host_of, split_title, url_day, without_slogan
from rag.types import DateSource, OutletSource

_ARTICLE = re.compile(r"Article$|^(?:Blog|LiveBlog|SocialMedia)Posting$|^Report$|^Review$")
# Meta tags that give the day of publication, the surest first, by name, property or itemprop, in lower case.
_PUBLISHED = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time", "parsely-pub-date",
    "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date", "publication_date", "publicationdate",
    "published", "published_time", "published-date", "originalpublicationdate", "article_date_original",
    "cxenseparse:recs:publishtime", "bt:pubdate", "ptime", "citation_publication_date", "citation_online_date",
    "dc.date.issued", "dcterms.issued", "dc.date.created", "dcterms.created", "dc.date", "dcterms.date",
    "article.published", "shareaholic:article_published_time", "date",
)  # fmt: skip
_SITE = ("og:site_name", "application-name", "dc.publisher", "dcterms.publisher", "publisher", "cre", "al:ios:app_name")
_WRITERS = ("author", "article:author", "byl", "parsely-author", "sailthru.author", "dc.creator", "dcterms.creator")
_TITLES = ("og:title", "twitter:title", "headline", "dc.title", "parsely-title", "sailthru.title")
_CHANGED = re.compile(r"modif|updat|edit|revis|crawl|expire|event|comment|copyright", re.IGNORECASE)
_STAMP = re.compile(
    r"publi|posted|dateline|timestamp|pub-?date|entry-date|post-date|article-?date|byline", re.IGNORECASE
)
_ASIDE = re.compile(
    r"related|comment|sidebar|widget|footer|menu|recirc|recommend|promo|teaser|card|trending|latest", re.I
)
_NOT_A_NAME = re.compile(r"[\d@/<>]|\b(?:writer|editor|reporter|correspondent|analysis|staff|columnist|for)\b", re.I)
_MOST = 200  # objects of JSON-LD looked at
_NEAR = 400  # elements around a headline in which its date line may stand


@dataclass(frozen=True, slots=True)
class Meta:
    title: str | None
    outlet: str | None
    outlet_source: OutletSource
    published_at: str | None
    published_at_source: DateSource
    authors: tuple[str, ...]
    url: str | None
    body: str  # the article as JSON-LD has it, often shortened; "" where it doesn't


def read(tree: Any, url: str | None, today: date) -> Meta:
    """What an lxml tree of a whole page says. Days after ``today`` are not believed."""
    tags = _meta_tags(tree)
    canonical = _address(tree, tags)
    linked = _article_object(_objects(tree), url or canonical)
    named, outlet_source = _outlet(tags, linked, url or canonical)
    title, in_title = _title(tree, tags, linked, named, url or canonical)
    outlet: str | None = named
    if outlet is None and in_title:
        outlet, outlet_source = in_title, "text"
    if outlet is None and (host := host_of(url or canonical)):
        outlet, outlet_source = host, "url"
    day, day_source = _day(tree, tags, linked, (url, canonical), today)
    return Meta(
        title=title,
        outlet=outlet,
        outlet_source=outlet_source,
        published_at=day,
        published_at_source=day_source,
        authors=_authors(tags, linked, named),
        url=url or canonical,
        body=_string(linked.get("articleBody")) or "",
    )


# --- the day ------------------------------------------------------------------------------------------


def _day(
    tree: Any, tags: Mapping[str, str], linked: Mapping[str, Any], urls: tuple[str | None, ...], today: date
) -> tuple[str | None, DateSource]:
    addressed = next((day for u in urls if (day := _believed(url_day(u), today))), None)
    given = [_string(linked.get("datePublished")), *(tags.get(name) for name in _PUBLISHED), _marked(tree)]
    stated = next((day for value in given if value and (day := _believed(day_in(value), today))), None)
    if stated or addressed:
        # An address is made once, on the publisher's own clock; the tag may be in another time zone, or give the day
        # the page was last served.
        return addressed or stated, "metadata"
    shown = _believed(_shown(tree), today)
    return (shown, "text") if shown else (None, "unknown")


def _believed(day: str | None, today: date) -> str | None:
    return day if day and day <= today.isoformat() else None


def _marked(tree: Any) -> str | None:
    """The value of an element that the page itself marks as the day of publication."""
    for element in tree.xpath('.//*[@itemprop="datePublished" or @pubdate or @property="datePublished"]')[:5]:
        for value in (element.get("datetime"), element.get("content"), element.get("title"), element.text_content()):
            if value and day_in(value[:100]):
                return str(value[:100])
    return None


def _shown(tree: Any) -> str | None:
    """The day in the line about the article that stands next to its only headline, and in no other."""
    headlines = tree.xpath(".//h1")
    if not headlines:
        return None
    days = []
    for element in _around(headlines[0]):
        if _is_date_line(element):
            value = element.get("datetime") or " ".join(element.text_content().split())[:120]
            if day := day_in(value):
                days.append(day)
                if len(days) > 3:
                    break
    return days[0] if days else None


def _around(headline: Any) -> Iterator[Any]:
    """The elements after a headline, in the order of the page, then those right before it."""
    after = headline.xpath("following::*[self::time or self::span or self::p or self::div or self::li or self::abbr]")
    before = headline.xpath("preceding::*[self::time or self::span or self::p or self::abbr]")
    yield from after[:_NEAR]
    yield from reversed(before[-20:])


def _is_date_line(element: Any) -> bool:
    if len(element) > 6:  # a box of the page, not a line
        return False
    text = element.text_content()
    if len(text) > 160 or not (re.search(r"\d{4}", text) or element.get("datetime")):
        return False
    own = " ".join((element.get("class") or "", element.get("id") or "", element.get("itemprop") or ""))
    if _CHANGED.search(own) or re.match(r"\W*(?:last\s+)?(?:updat|modif|edit|revis|copyright|©)", text, re.IGNORECASE):
        return False
    if element.tag != "time" and not _STAMP.search(own) and not re.match(r"\W*(?:published|posted)\b", text, re.I):
        return False
    for outer in (element, *element.iterancestors()):
        if outer.tag in ("nav", "footer", "aside") or _ASIDE.search(
            f"{outer.get('class') or ''} {outer.get('id') or ''}"
        ):
            return False
        if outer.tag in ("article", "main", "body"):
            break
    return True


# --- title, outlet, authors -----------------------------------------------------------------------------


def _title(
    tree: Any, tags: Mapping[str, str], linked: Mapping[str, Any], outlet: str | None, url: str | None
) -> tuple[str | None, str | None]:
    """The headline without its outlet's name, and that name where a title held it."""
    headlines = [_line(h.text_content()) for h in tree.xpath(".//h1")]
    page = _line(" ".join(tree.xpath(".//head/title[1]//text()")))
    given = [_line(_string(linked.get("headline"))), *(tags.get(name) for name in _TITLES[:2])]
    only = [headlines[0]] if len(headlines) == 1 else []
    rest = [*only, *(tags.get(name) for name in _TITLES[2:]), page, *headlines[:1]]
    named = split_title(page, outlet, url)[1] if page else None
    for candidate in (*given, *rest):
        title, name = split_title(candidate, outlet, url) if candidate else ("", None)
        if len(title) > 3 and any(c.isalpha() for c in title) and title.casefold() != (outlet or "").casefold():
            return title[:400], name or named
    return None, named


def _outlet(tags: Mapping[str, str], linked: Mapping[str, Any], url: str | None) -> tuple[str | None, OutletSource]:
    given = [tags.get(_SITE[0]), _name(linked.get("publisher")), *(tags.get(name) for name in _SITE[1:])]
    names = []
    for value in given:
        name = re.sub(r"^www\.", "", without_slogan(_line(value), url))
        if name and not re.match(r"@|https?:|\d+$", name) and len(name) <= 60 and len(name.split()) <= 7:
            names.append(name)
    if not names:
        return None, "unknown"
    written = [name for name in names if not name.islower()]  # "usatoday" beside "USA TODAY"
    return (written or names)[0], "metadata"


def _authors(tags: Mapping[str, str], linked: Mapping[str, Any], outlet: str | None) -> tuple[str, ...]:
    given = linked.get("author")
    names = [_name(a) for a in (given if isinstance(given, list) else [given])]
    if not any(names):
        names = [tags.get(name) for name in _WRITERS]
    found: list[str] = []
    for value in names:
        for name in re.split(r"\s*(?:[,;|]|\band\b|\bby\b)\s*", _line(value), flags=re.IGNORECASE)[:12]:
            plain = 3 <= len(name) <= 60 and len(name.split()) <= 5 and not _NOT_A_NAME.search(name)
            if plain and name not in found and name.casefold() != (outlet or "").casefold():
                found.append(name)
    return tuple(found[:8])


# --- reading the page -------------------------------------------------------------------------------


def _meta_tags(tree: Any) -> dict[str, str]:
    """Every meta tag's first content by its name, property or itemprop in lower case."""
    tags: dict[str, str] = {}
    for element in tree.iterfind(".//meta[@content]"):
        content = _line(element.get("content"))
        for attribute in ("property", "name", "itemprop"):
            name = (element.get(attribute) or "").lower()
            if name and content and len(content) < 2000:
                tags.setdefault(name, content)
    return tags


def _address(tree: Any, tags: Mapping[str, str]) -> str | None:
    for value in (*tree.xpath('.//link[@rel="canonical"]/@href')[:1], tags.get("og:url")):
        if value and re.match(r"https?://[^\s<>]+$", value) and len(value) < 2000:
            return str(value)
    return None


def _objects(tree: Any) -> list[Mapping[str, Any]]:
    """The JSON-LD objects that speak of the page itself: not those of lists, offers or other stories."""
    found: list[Mapping[str, Any]] = []
    for script in tree.iterfind('.//script[@type="application/ld+json"]'):
        todo: list[Any] = [_json(script.text or "")]
        while todo and len(found) < _MOST:
            item = todo.pop(0)
            if isinstance(item, list):
                todo.extend(item[:_MOST])
            elif isinstance(item, Mapping):
                found.append(item)
                todo.extend(item[key] for key in ("@graph", "mainEntity", "mainEntityOfPage") if key in item)
    return found


def _json(text: str) -> Any:
    text = re.sub(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$", "", text).strip()
    for attempt in (text, re.sub(r",\s*(?=[}\]])", "", text)):
        try:
            return json.loads(attempt, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _article_object(objects: list[Mapping[str, Any]], url: str | None) -> Mapping[str, Any]:
    """The object that describes the article: the only one, or the one whose address is the page's, or one of several
    that give the same day. Where the objects differ and none is the page's, an empty one."""
    articles = [o for o in objects if any(_ARTICLE.search(t) for t in _types(o))]
    if not articles:
        articles = [o for o in objects if o.get("datePublished") and "WebPage" in _types(o)]
    if len(articles) > 1 and url:
        ours = [o for o in articles if url.split("?")[0].rstrip("/") in {a.split("?")[0].rstrip("/") for a in _ids(o)}]
        articles = ours or articles
    days = {day_in(_string(o.get("datePublished")) or "") for o in articles} - {None}
    return articles[0] if articles and len(days) <= 1 else {}


def _types(item: Mapping[str, Any]) -> list[str]:
    given = item.get("@type")
    return [t for t in (given if isinstance(given, list) else [given]) if isinstance(t, str)]


def _ids(item: Mapping[str, Any]) -> Iterator[str]:
    page = item.get("mainEntityOfPage")
    for value in (item.get("url"), item.get("@id"), page, page.get("@id") if isinstance(page, Mapping) else None):
        if isinstance(value, str):
            yield value


def _name(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = value.get("name")
    return _string(value)


def _string(value: Any) -> str | None:
    if isinstance(value, list):
        value = value[0] if value else None
    return value if isinstance(value, str) else None


def _line(text: str | None) -> str:
    return " ".join(unescape(text or "").split())
