"""A folder of mixed files, good and bad, as an archive's owner has them: python -m tests.mixed_folder DIR [FILES]"""

from __future__ import annotations

import gzip
import json
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from rag.sources import plan, read_all
from rag.types import Skipped
from tests import fakes_files as make

_WHO = ("harbour master", "mayor", "union", "coast guard", "ministry", "court", "hospital", "school board", "prefect")
_WHERE = ("Skerry Point", "Halm", "Ardenz", "the lower town", "Port Velmar", "the old quay", "Orsk", "the valley road")
_WHAT = ("closed the bridge", "raised the ferry fare", "reopened the mill", "cancelled the market", "cleared the slope")
_WHY = (
    "after the storm",
    "for lack of money",
    "following an inspection",
    "against the council's advice",
    "by agreement",
)
_MONTHS = ("January", "March", "June", "September", "November")


def story(random: random.Random) -> tuple[str, list[str]]:
    """A headline and five paragraphs, unlike any other's in its numbers and names."""
    who, where, what = random.choice(_WHO), random.choice(_WHERE), random.choice(_WHAT)
    day = f"{random.randint(1, 28)} {random.choice(_MONTHS)}"
    paragraphs = [
        f"The {who} of {where} {what} on {day}, {random.choice(_WHY)}, it was announced in a letter to residents.",
        f"Some {random.randint(11, 9999)} people and {random.randint(2, 400)} firms are concerned, according to a count"
        f" that the {random.choice(_WHO)} published {random.choice(_WHY)}.",
        f"“We had {random.randint(2, 90)} days to decide,” said the {random.choice(_WHO)} in {random.choice(_WHERE)},"
        f" adding that {random.randint(2, 60)} other places had done the same {random.choice(_WHY)}.",
        f"The cost was put at {random.randint(10, 999)},000 crowns, of which {random.choice(_WHERE)} is to pay"
        f" {random.randint(5, 95)} percent before the end of {random.choice(_MONTHS)}.",
        f"A decision by the {random.choice(_WHO)} in {random.choice(_WHERE)} is expected within {random.randint(2, 30)}"
        f" weeks, and until then file {random.randint(1000, 99999)} stays open.",
    ]
    return f"{who.capitalize()} of {where} {what}", paragraphs


def _pdf(title: str, text: Sequence[str]) -> bytes:
    lines = make.set_lines(" ".join(text), 50, 690, width=48)
    right = [(x + 270, 690 - 12 * n, size, line) for n, (x, _, size, line) in enumerate(lines[len(lines) // 2 :])]
    return make.pdf([[(50, 730, 20, title), (50, 770, 8, "Coast Post 7"), *lines[: len(lines) // 2], *right]])


def _epub(title: str, text: Sequence[str]) -> bytes:
    return make.epub({"a.xhtml": make.page(title, text)}, {"title": title, "publisher": "Coast Post"})


def _warc(title: str, text: Sequence[str]) -> bytes:
    return make.warc([("https://post.example/a", "text/html", make.page(title, text).encode())])


def _mail(title: str, text: Sequence[str]) -> bytes:
    return make.mail("\n\n".join(text), Subject=title, From="Coast Post <n@post.example>", List_Id="x")


_GOOD: dict[str, Callable[[str, Sequence[str]], bytes]] = {
    ".txt": lambda title, text: "\n\n".join([title, *text]).encode(),
    ".md": lambda title, text: "\n\n".join([f"# {title}", *text]).encode(),
    ".html": lambda title, text: make.page(title, text).encode(),
    ".pdf": _pdf,
    ".docx": lambda title, text: make.word(text, title=title),
    ".epub": _epub,
    ".eml": _mail,
    ".jsonl": lambda title, text: json.dumps({"title": title, "text": "\n\n".join(text)}).encode(),
    ".csv": lambda title, text: f'title,text\n"{title}","{" ".join(text)}"'.encode(),
    ".warc.gz": _warc,
    ".txt.gz": lambda title, text: gzip.compress("\n\n".join([title, *text]).encode()),
}
_BAD: tuple[tuple[str, bytes], ...] = (
    (".pdf", b"%PDF-1.4 cut off"),
    (".docx", b"not a zip"),
    (".epub", b"PK\x03\x04"),
    (".txt", b"\x00\x01\x02"),
    (".txt", b" \n"),
    (".jsonl", b"{broken\n{broken too\n"),
    (".csv", b"a,b\n1,2\n"),
    (".html", b"<html><body><nav><a href='/'>Home</a></nav></body></html>"),
    (".doc", b"\xd0\xcf\x11\xe0"),
    (".eml", b"\x00\x01"),
    (".warc", b"nothing"),
    (".md", b"---\ntitle: [open\n---\nText"),
)


def build(folder: Path, files: int = 2000, *, seed: int = 1, bad: float = 0.06, copies: float = 0.05) -> dict[str, int]:
    """Write ``files`` files into ``folder``; returns how many are good, bad and near-copies of a good one."""
    chance = random.Random(seed)
    count = {"good": 0, "bad": 0, "copies": 0}
    written: list[tuple[str, list[str]]] = []
    for number in range(files):
        place = folder / f"{number % 20:02}"
        place.mkdir(parents=True, exist_ok=True)
        draw = chance.random()
        if draw < bad:
            suffix, data = _BAD[number % len(_BAD)]
            count["bad"] += 1
        else:
            suffix = list(_GOOD)[number % len(_GOOD)]
            if draw < bad + copies and written:
                title, text = chance.choice(written)
                text = [*text, "This report was also carried by other papers."]
                count["copies"] += 1
            else:
                title, text = story(chance)
                written.append((title, text))
                count["good"] += 1
            data = _GOOD[suffix](title, text)
        (place / f"{number:05}{suffix}").write_bytes(data)
    return count


def read(folder: Path) -> dict[str, float]:
    """How many articles are read of the folder, how many files or records are skipped, and how long that takes."""
    began = time.perf_counter()
    planned = plan([folder])
    found = [
        item
        for _, records in read_all(planned.files)
        for item in ([records] if isinstance(records, Skipped) else records)
    ]
    skipped = len(planned.skipped) + sum(isinstance(item, Skipped) for item in found)
    return {
        "articles": len(found) - sum(isinstance(item, Skipped) for item in found),
        "skipped": skipped,
        "seconds": round(time.perf_counter() - began, 1),
    }


if __name__ == "__main__":
    print(build(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 2000), read(Path(sys.argv[1])))
