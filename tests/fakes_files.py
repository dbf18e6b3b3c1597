"""Files made up for tests: PDF, Word, EPUB, mail, web archive, each the smallest that is one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Line = tuple[float, float, float, str]  # x and y from the lower left corner, font size, text


def pdf(pages: Sequence[Sequence[Line]], info: Mapping[str, str] | None = None) -> bytes:
    """A PDF in Helvetica, each page (612 by 792 points) a list of lines placed on it."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    kids = []
    for lines in pages:
        drawn = "\n".join(f"BT /F1 {size} Tf {x} {y} Td ({_escaped(text)}) Tj ET" for x, y, size, text in lines)
        content = drawn.encode("cp1252")
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
        number = len(objects)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R"
            b" /Resources << /Font << /F1 3 0 R >> >> >>" % number
        )
        kids.append(b"%d 0 R" % (number + 1))
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    objects.append(b"<< %s >>" % " ".join(f"/{k} ({_escaped(v)})" for k, v in (info or {}).items()).encode("cp1252"))
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer << /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        len(objects),
        start,
    )
    return bytes(out)


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def set_lines(text: str, x: float, y: float, *, width: int, size: float = 10, step: float = 12) -> list[Line]:
    """``text`` broken into lines of at most ``width`` characters, long words hyphenated as a newspaper does."""
    lines: list[str] = [""]
    for word in text.split():
        room = width - len(lines[-1]) - 1
        if len(word) <= room:
            lines[-1] = f"{lines[-1]} {word}".strip()
        elif len(word) > 7 and room > 4 and word.isalpha():
            lines[-1] = f"{lines[-1]} {word[: room - 1]}-".strip()
            lines.append(word[room - 1 :])
        else:
            lines.append(word)
    return [(x, y - step * place, size, line) for place, line in enumerate(lines)]
