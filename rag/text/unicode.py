"""Characters as they were meant: text read in a wrong encoding, entities, halves of characters, ligatures. Owns ftfy.

Good text comes back as it was. Repairs come before anything else that looks at a text, since a curly quote read
wrongly ("â€™") is neither a quote nor a letter.
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape

_LIGATURE = re.compile("[\ufb00-\ufb06]")
_LIGATURES = {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_AMPERSAND = re.compile(r"&(?:amp;|#38;|#[xX]26;)+")  # escaped any number of times
_SURROGATE = re.compile("[\ud800-\udfff]")
# Bytes 0x80 to 0x9F of Windows text that was read as Latin-1; 0x85 alone may also be Unix's "next line".
_C1 = re.compile("[\x80-\x84\x86-\x9f]")
# Two characters of those that wrongly read UTF-8 is made of, in Western and Cyrillic encodings. A line without them is
# not looked at further.
_SUSPECT = re.compile(r"[\u0080-\u00ff\u0152-\u017e\u0192\u0402-\u045f\u0410-\u044f\u2013-\u2122\ufffd]{2}")
_LIKELY = ("latin-1", "sloppy-windows-1252", "sloppy-windows-1251")
_ROUNDS = 8  # text may have been misread more than once


def repair(text: str) -> str:
    """``text`` in NFC with its misread characters put right. Repairing twice is repairing once."""
    if text.isascii() and "&" not in text:
        return text
    for _ in range(_ROUNDS):
        repaired = _once(text)
        if repaired == text:
            break
        text = repaired
    return text


def normalise(text: str) -> str:
    """Misread characters put right, NFC, without invisible ones; line breaks as ``\\n``, other white space as single
    spaces."""
    text = repair(text)
    text = re.sub(r"\r\n?|\x85|\u2028|\v", "\n", text)
    text = re.sub(r"\u2029|\f", "\n\n", text)
    # Joiners (200c, 200d) are letters' shapes in Persian or Hindi and parts of emoji, but dirt elsewhere.
    keep_joiners = bool(re.search(r"[\u0600-\u06ff\u0900-\u0dff]", text))
    changes: dict[int, str] = {}
    for c in set(text):
        category = unicodedata.category(c)
        if c == "\n" or (c in "\u200c\u200d" and keep_joiners):
            continue
        if category == "Zs" or c == "\t":
            changes[ord(c)] = " "
        elif category in ("Cc", "Cf", "Cs", "Co", "Cn") or c == "\ufffd":
            changes[ord(c)] = ""
    if changes:
        text = unicodedata.normalize("NFC", text.translate(changes))
    return "\n".join(line.strip(" ") for line in re.sub(r" {2,}", " ", text).split("\n")).strip()


def _once(text: str) -> str:
    if "&" in text:
        text = _AMPERSAND.sub("&", text)
        text = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    if _SUSPECT.search(text):
        text = "\n".join(_reread(line) if _SUSPECT.search(line) else line for line in text.split("\n"))
    if _C1.search(text):
        text = re.sub("[\x80-\x9f]", lambda c: c[0].encode("latin-1").decode("cp1252", "ignore"), text)
    if _LIGATURE.search(text):
        text = text.translate(_LIGATURES)
    return unicodedata.normalize("NFC", text)


def _reread(line: str) -> str:
    import ftfy

    repaired, steps = ftfy.fix_encoding_and_explain(line)
    # The other encodings that ftfy knows are so rare that they are met by chance: in "“Oui”ça" more than in MacRoman.
    likely = all(step.action != "encode" or step.parameter in _LIKELY for step in steps or ())
    return str(repaired) if likely else line
