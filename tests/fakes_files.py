"""Files made up for tests: PDF, Word, EPUB, mail, web archive, each the smallest that is one."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from email.message import EmailMessage

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


def word(paragraphs: Sequence[str], *, title: str = "", author: str = "", **parts: bytes) -> bytes:
    """A Word file. ``parts`` replaces entries of the archive, "__" for "/" and "_dot_" for "."."""
    from docx import Document

    document = Document()
    document.core_properties.title, document.core_properties.author = title, author
    for text in paragraphs:
        document.add_paragraph(text)
    made = io.BytesIO()
    document.save(made)
    return repacked(made.getvalue(), {k.replace("__", "/").replace("_dot_", "."): v for k, v in parts.items()})


def repacked(package: bytes, changes: Mapping[str, bytes]) -> bytes:
    """A ZIP archive with some of its entries replaced, or new ones added."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(package)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*old.namelist(), *changes]):
            new.writestr(name, changes[name] if name in changes else old.read(name))
    return made.getvalue()


def body_xml(markup: str) -> bytes:
    """A Word file's ``word/document.xml`` around some paragraphs."""
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    return f'<w:document xmlns:w="{space}"><w:body>{markup}</w:body></w:document>'.encode()


def epub(chapters: Mapping[str, str], metadata: Mapping[str, str]) -> bytes:
    """An EPUB: its chapters' names with their markup, in reading order, and Dublin Core metadata."""
    items = "".join(f'<item id="c{n}" href="{c}" media-type="application/xhtml+xml"/>' for n, c in enumerate(chapters))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
    about = "".join(f"<dc:{name}>{value}</dc:{name}>" for name, value in metadata.items())
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", "application/epub+zip")
        package.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
        )
        package.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<metadata>{about}</metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        for name, markup in chapters.items():
            if not name.startswith("../"):
                package.writestr(f"OEBPS/{name}", markup)
    return made.getvalue()


def mail(text: str, *, html: str | None = None, **headers: str) -> bytes:
    """A message; "_" in a header's name stands for "-"."""
    message = EmailMessage()
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return bytes(message)


def warc(records: Sequence[tuple[str, str, bytes]], status: str = "200 OK") -> bytes:
    """A packed web archive of responses: address, content type, body."""
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    made = io.BytesIO()
    writer = WARCWriter(made, gzip=True)
    for url, kind, body in records:
        headers = StatusAndHeaders(status, [("Content-Type", kind)], protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=headers))
    return made.getvalue()


def page(title: str, paragraphs: Sequence[str], *, head: str = "") -> str:
    """A web page with an article between a menu and a footer."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f"<html><head><title>{title}</title>{head}</head><body><nav><a href='/'>Home</a> <a href='/n'>News</a></nav>"
        f"<article><h1>{title}</h1>{body}</article><footer>All rights reserved</footer></body></html>"
    )
