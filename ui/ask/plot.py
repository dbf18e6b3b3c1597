"""How reported values moved over time, as a small SVG. Pure.

Every place is a percentage of the drawing's width or height, so that it fits any column with its words unscaled.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.text import quantities
from ui.bricks import esc, short_day

LEFT, RIGHT = 5.0, 95.0  # percent of the width between which days lie
TOP, BASE, LEVEL = 34.0, 70.0, 52.0  # percent of the height: the highest value, the lowest, those that are no numbers
NEAR = 17.0  # percent of the width that a label needs
LONGEST = 16  # characters of a label
HEIGHT, FLAT = 132, 96  # pixels; where all lie on one level


@dataclass(frozen=True)
class Point:
    """One report's value."""

    day: datetime.date
    said: str
    number: float | None
    latest: bool = False


def points(values: Sequence[Mapping[str, str | None]]) -> tuple[Point, ...]:
    """The dated ones of a conflict's values in their order in time."""
    found = []
    for value in values:
        try:
            day = datetime.date.fromisoformat(str(value["date"] or ""))
        except ValueError:
            continue
        said = str(value["value"])
        found.append(Point(day, said, _number(said)))
    found.sort(key=lambda point: point.day)
    return tuple(Point(p.day, p.said, p.number, i == len(found) - 1) for i, p in enumerate(found))


def timeline(about: str, values: Sequence[Mapping[str, str | None]]) -> str:
    """The plot; nothing where fewer than two days are known. A value holds until the next report, so the line is of
    steps; values that are no numbers lie on one level."""
    found = points(values)
    if len({point.day for point in found}) < 2:
        return ""
    xs, ys = _across(found), _heights(found)
    lines = "".join(
        _line(xs[i], ys[i], xs[i + 1], ys[i]) + _line(xs[i + 1], ys[i], xs[i + 1], ys[i + 1])
        for i in range(len(found) - 1)
    )
    dots = "".join(
        f'<circle cx="{x:.1f}%" cy="{y:.1f}%" r="5" class="{"cd-now" if point.latest else "cd-then"}"/>'
        for x, y, point in zip(xs, ys, found, strict=True)
    )
    said = "; ".join(f"{point.said} on {short_day(point.day.isoformat())}" for point in found)
    height = FLAT if len(set(ys)) == 1 else HEIGHT
    return (
        f'<svg class="cd-plot" height="{height}" role="img" aria-label="{esc(f"{about} over time: {said}")}">'
        f"{_line(LEFT, 82, RIGHT, 82, 'cd-axis')}{lines}{dots}{_labels(found, xs, ys)}{_days(found, xs)}</svg>"
    )


def _number(said: str) -> float | None:
    found = [q for q in quantities.find(said) if q.kind in ("number", "percent", "fraction", "money")]
    return found[0].value if len(found) == 1 else None


def _across(found: Sequence[Point]) -> list[float]:
    first, span = found[0].day, (found[-1].day - found[0].day).days
    return [LEFT + (RIGHT - LEFT) * (point.day - first).days / span for point in found]


def _heights(found: Sequence[Point]) -> list[float]:
    numbers = [point.number for point in found if point.number is not None]
    if len(numbers) < len(found) or min(numbers) == max(numbers):
        return [LEVEL] * len(found)
    low, high = min(numbers), max(numbers)
    return [BASE - (BASE - TOP) * (number - low) / (high - low) for number in numbers]


def _line(x1: float, y1: float, x2: float, y2: float, kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<line x1="{x1:.1f}%" y1="{y1:.1f}%" x2="{x2:.1f}%" y2="{y2:.1f}%"{named}/>'


def _labels(found: Sequence[Point], xs: Sequence[float], ys: Sequence[float]) -> str:
    """The values at their points, above and below in turn where they lie close together."""
    drawn, above = "", True
    for i, point in enumerate(found):
        close = i > 0 and xs[i] - xs[i - 1] < NEAR
        above = not above if close else True
        word = point.said if len(point.said) <= LONGEST else point.said[: LONGEST - 1].rstrip() + "…"
        drawn += _text(xs[i], ys[i], word, -11 if above else 20, "cd-now" if point.latest else "")
    return drawn


def _days(found: Sequence[Point], xs: Sequence[float]) -> str:
    """Days below the line: the last and the first, and those between that have room."""
    placed: list[int] = []
    for i in (len(found) - 1, *range(len(found) - 1)):
        if all(abs(xs[i] - xs[other]) >= NEAR for other in placed):
            placed.append(i)
    return "".join(_text(xs[i], 82, short_day(found[i].day.isoformat()), 17, "cd-day") for i in sorted(placed))


def _text(x: float, y: float, word: str, dy: int, kind: str) -> str:
    anchor = "start" if x < 12 else "end" if x > 88 else "middle"
    edge = 0.0 if x < 12 else 100.0 if x > 88 else x
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{edge:.1f}%" y="{y:.1f}%" dy="{dy}" text-anchor="{anchor}"{named}>{esc(word)}</text>'
