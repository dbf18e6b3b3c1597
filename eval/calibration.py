"""Whether probabilities keep their word: of what was said to be 80% likely, 80% should be so. Standard library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Bin(NamedTuple):
    """The cases whose probability was in ``[low, high)``: how many, their mean probability, and the share that held."""

    low: float
    high: float
    n: int
    said: float
    was: float


def bins(cases: Iterable[tuple[float, float]], count: int = 10) -> list[Bin]:
    """(probability, whether it held) of each case, in ``count`` bins of equal width over [0, 1]; without the empty
    ones, and 1 belongs to the last."""
    pairs = [(float(p), float(h)) for p, h in cases]
    found = []
    for i in range(count):
        inside = [(p, h) for p, h in pairs if min(int(p * count), count - 1) == i]
        if inside:
            n = len(inside)
            said, was = sum(p for p, _ in inside) / n, sum(h for _, h in inside) / n
            found.append(Bin(i / count, (i + 1) / count, n, said, was))
    return found


def error(cases: Iterable[tuple[float, float]], count: int = 10) -> float:
    """Expected calibration error: the gap between what was said and what was, in [0, 1], averaged over the cases.

    Source: Naeini, Cooper, Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning", AAAI 2015.
    """
    found = bins(cases, count)
    total = sum(b.n for b in found)
    return sum(b.n * abs(b.said - b.was) for b in found) / total if total else 0.0


def diagram(found: Sequence[Bin]) -> str:
    """A reliability diagram as inline SVG: what was said (across) against what was so (up), with the cases counted.

    On the dashed line a probability keeps its word; above it things were surer than said, below it less sure.
    """
    if not found:
        return '<p class="soft">no cases</p>'
    side, left, top, foot = 260.0, 34.0, 8.0, 34.0
    most = max(b.n for b in found)

    def across(share: float) -> float:
        return left + side * share

    def up(share: float) -> float:
        return top + side * (1 - share)

    parts = [
        f'<rect class="track" x="{left:.0f}" y="{top:.0f}" width="{side:.0f}" height="{side:.0f}" fill-opacity=".35"/>',
        f'<line x1="{across(0):.0f}" y1="{up(0):.0f}" x2="{across(1):.0f}" y2="{up(1):.0f}" stroke="currentColor" '
        'stroke-dasharray="4 4"/>',
    ]
    for share in (0, 0.5, 1):
        at = f"{share:.1f}".rstrip("0").rstrip(".")
        parts.append(
            f'<text class="soft" x="{across(share):.0f}" y="{up(0) + 16:.0f}" text-anchor="middle">{at}</text>'
        )
        parts.append(f'<text class="soft" x="{left - 6:.0f}" y="{up(share) + 4:.0f}" text-anchor="end">{at}</text>')
    for b in found:
        x, y = across(b.said), up(b.was)
        parts.append(
            f'<circle class="bar" cx="{x:.1f}" cy="{y:.1f}" r="{3 + 7 * (b.n / most) ** 0.5:.1f}" fill-opacity=".8">'
            f"<title>said {b.said:.2f}, was {b.was:.2f}, {b.n} cases</title></circle>"
        )
    table_x = across(1) + 24
    for column, heading in zip((0, 42, 84), ("said", "was", "cases"), strict=True):
        parts.append(f'<text class="soft" x="{table_x + column:.0f}" y="{top + 12:.0f}">{heading}</text>')
    for i, b in enumerate(found):
        y = top + 32 + 20 * i
        for column, cell in zip((0, 42, 84), (f"{b.said:.2f}", f"{b.was:.2f}", f"{b.n:,}"), strict=True):
            parts.append(f'<text x="{table_x + column:.0f}" y="{y:.0f}">{cell}</text>')
    width, height = table_x + 130, top + side + foot
    label = "How probable it was said to be, against how often it was so"
    return (
        f'<svg role="img" aria-label="{label}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}">'
        f"{''.join(parts)}</svg>"
    )
