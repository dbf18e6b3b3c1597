"""Tables of articles: JSON lines, a JSON list, CSV and TSV, and saved search results."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any, BinaryIO

from rag.errors import SourceError
from rag.sources import rows
from rag.sources.files import Item, SourceFile
from rag.sources.text import decode
from rag.types import Skipped

_MAX_FIELD = 20_000_000  # characters
_MAX_WHOLE = 100_000_000  # bytes of what has to be read in one go
_LOOKED_AT = 20  # rows, to tell what kind of table it is


def read_json(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """JSON lines, or one JSON value: a list of articles, an object that holds one, or a single article.

    Objects with a list of search results inside give the results; of several crawls of one page the longest.
    """
    given = _json_rows(stream, file)
    first = list(islice(given, _LOOKED_AT))
    objects = [row for _, row in first if isinstance(row, dict)]
    mapping = dict(file.mapping)
    if not objects:
        raise SourceError("It holds no JSON objects.", "")
    if not any(rows.has_text(row, mapping) for row in objects):
        if not any(_results(row, mapping) for row in objects):
            raise rows.no_text(objects[0], mapping)
        yield from _of_results((row for _, row in chain(first, given)), file, mapping)
        return
    seen: set[str] = set()
    for number, row in chain(first, given):
        if isinstance(row, dict):
            name = rows.part_name(row, number, seen, mapping)
            yield partial(rows.to_document, row, file, number, name)
        else:
            yield partial(_skipped, file, number, row if isinstance(row, str) else "It is no JSON object.")


def read_csv(stream: BinaryIO, file: SourceFile) -> Iterator[Item]:
    """Comma-, semicolon- or tab-separated values with a line of field names on top."""
    text = decode(_whole(stream))
    head, _, rest = text.partition("\n")
    if head.strip().lower().startswith("sep="):  # Excel's way to name the separator
        text, head = rest, rest.partition("\n")[0]
    csv.field_size_limit(_MAX_FIELD)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=max("\t;|,", key=head.count))
    mapping = dict(file.mapping)
    seen: set[str] = set()
    try:
        names = [name for name in table.fieldnames or () if name]
        if not rows.has_text(dict.fromkeys(names), mapping):
            raise rows.no_text(names, mapping)
        for number, row in enumerate(table, 1):
            row.pop(None, None)  # more values than names
            yield partial(rows.to_document, row, file, number, rows.part_name(row, number, seen, mapping))
    except csv.Error as error:
        raise SourceError(f"It is no table that can be read: {error}.", "") from None


def _skipped(file: SourceFile, number: int, reason: str) -> Skipped:
    return Skipped(file.part(number)[1], reason)


# --- JSON -------------------------------------------------------------------------------------------


def _json_rows(stream: BinaryIO, file: SourceFile) -> Iterator[tuple[int, Any]]:
    """Every row with its number, from 1; a text instead of a row says what is wrong with it."""
    lines = enumerate(_lines(stream), 1)
    first = list(islice(((number, line) for number, line in lines if line.strip()), _LOOKED_AT))
    if not first:
        raise SourceError("It is empty.", "")
    parsed = [(number, _parsed(line)) for number, line in first]
    objects = sum(isinstance(row, dict) for _, row in parsed)
    in_lines = first[0][1].lstrip(b"\xef\xbb\xbf \t").startswith(b"{") and 2 * objects >= len(first)
    if in_lines and len(first) > 1:
        yield from parsed
        yield from ((number, _parsed(line)) for number, line in lines if line.strip())
        return
    whole = _parsed(_enough(line for _, line in chain(first, lines)))
    if isinstance(whole, str):
        raise SourceError(whole, "")
    yield from enumerate(whole if isinstance(whole, list) else [whole], 1)


def _lines(stream: BinaryIO) -> Iterator[bytes]:
    while line := stream.readline(_MAX_WHOLE + 1):
        yield line


def _enough(lines: Iterable[bytes]) -> bytes:
    parts, size = [], 0
    for line in lines:
        parts.append(line)
        size += len(line)
        if size > _MAX_WHOLE:
            raise SourceError(f"It is one JSON value of more than {_MAX_WHOLE // 1_000_000} MB.", "Use JSON lines.")
    return b"".join(parts)


def _whole(stream: BinaryIO) -> bytes:
    data = stream.read(_MAX_WHOLE + 1)
    if len(data) > _MAX_WHOLE:
        raise SourceError(f"It is longer than {_MAX_WHOLE // 1_000_000} MB.", "Split it.")
    return data


def _parsed(line: bytes) -> Any:
    """The JSON value, or a text that says why there is none."""
    if len(line) > _MAX_WHOLE:
        return f"It is longer than {_MAX_WHOLE // 1_000_000} MB."
    try:
        value = json.loads(decode(line))
    except RecursionError:
        return "It is nested too deeply."
    except ValueError:
        return "It is not valid JSON."
    except SourceError as error:
        return error.message
    return "It is no JSON object." if isinstance(value, str) else value


# --- search results ---------------------------------------------------------------------------------


def _results(row: Any, mapping: Mapping[str, str], depth: int = 0) -> list[dict[str, Any]]:
    """The list of articles inside an object, as search engines answer: {"results": [...]}, {"hits": {"hits": []}}."""
    if isinstance(row, list):
        found = [item.get("_source", item) for item in row if isinstance(item, dict)]
        found = [item for item in found if isinstance(item, dict)]
        return found if any(rows.has_text(item, mapping) for item in found) else []
    if isinstance(row, dict) and depth < 3:
        return next((found for value in row.values() if (found := _results(value, mapping, depth + 1))), [])
    return []


def _of_results(given: Iterable[Any], file: SourceFile, mapping: Mapping[str, str]) -> Iterator[Item]:
    longest: dict[str, tuple[int, dict[str, Any]]] = {}
    for row in given:
        for item in _results(row, mapping):
            url = str(rows.value_of(item, "url", mapping) or "").partition("#")[0] or f"#{len(longest)}"
            length = len(str(rows.value_of(item, "text", mapping) or ""))
            if url not in longest or length > longest[url][0]:
                longest[url] = length, item
    for number, (_, item) in enumerate(longest.values(), 1):
        yield partial(rows.to_document, item, file, number)
