"""One known question of a run as HTML: the answer as a reader would see it, and what it came of. Pure."""

from __future__ import annotations

from rag.errors import CopydeskError
from rag.types import STAGE_WORDS, Event, Filter
from ui.ask import panel
from ui.ask.draft import Draft, apply
from ui.ask.turn import turn
from ui.bricks import Json, address, capital, esc, source_name
from ui.evaluation.report import bar

NUMBER = 0  # the conversation's turns begin at 1


def trace(record: Json, run: str) -> str:
    """A question's whole record: expected, said, judged; then the answer, its times, what was found and withheld."""
    draft, answer = _draft(record), record["answer"] or {}
    verdict = record["label"] or "Right"
    parts = (
        _judged(record),
        _before(record["history"]),
        turn(draft, NUMBER, tools=False),
        _withheld(answer),
        _times(answer),
        _ranks(answer, record["gold_sources"]),
        panel.sources(draft, NUMBER),
    )
    line = "".join(f"<span>{esc(text)}</span>" for text in (record["id"], ", ".join(record["tags"])) if text)
    return (
        f'<article class="cd-ev-trace" tabindex="-1" aria-label="{esc(record["id"])}: {esc(verdict)}" '
        f'data-question="{esc(record["id"])}"><div class="cd-ev-close">'
        f'<a class="cd-plain" href="{esc(address("run", run))}">Close</a></div>'
        f'<p class="cd-line"><b class="cd-ev-kind">{esc(verdict)}</b>{line}</p>{"".join(parts)}</article>'
    )


def nothing_open() -> str:
    """Where a trace will stand."""
    return '<p class="cd-none">Choose a question to see its answer and what it came of.</p>'


def _draft(record: Json) -> Draft:
    """The turn as it ended."""
    draft = Draft(str(record["question"]), filter=Filter(as_of=record["as_of"]))
    if record["answer"] is None:
        return apply(draft, CopydeskError(str(record["why"] or "It ended in an error."), ""))
    return apply(draft, Event("answer", record["answer"]))


def _judged(record: Json) -> str:
    rows = [("Expected", record["expected"]), ("Judged", capital(record["why"] or "right") + ".")]
    if record["unsupported_numbers"]:
        rows.append(("Unsupported numbers", ", ".join(record["unsupported_numbers"])))
    told = "".join(f'<dt>{name}</dt><dd dir="auto">{esc(text)}</dd>' for name, text in rows)
    return f'<dl class="cd-ev-judged">{told}</dl>'


def _before(history: list[Json]) -> str:
    """The talk that a follow-up refers to."""
    said = "".join(
        f"<li><b>{'Asked' if message['role'] == 'user' else 'Answered'}</b> "
        f'<span dir="auto">{esc(message["content"])}</span></li>'
        for message in history
    )
    return f'<h3>Said before</h3><ol class="cd-ev-said">{said}</ol>' if said else ""


def _withheld(answer: Json) -> str:
    items = "".join(
        f'<li><span class="cd-unsaid" dir="auto">{esc(item["text"])}</span> '
        f'<span class="cd-why">Withheld: {esc(item["reason"])}</span></li>'
        for item in answer.get("withheld", ())
    )
    return f'<h3>Withheld</h3><ul class="cd-ev-withheld">{items}</ul>' if items else ""


def _times(answer: Json) -> str:
    stages = answer.get("stages_ms") or {}
    spent = [(word, float(stages.get(name) or 0)) for name, word in STAGE_WORDS.items()]
    whole = sum(ms for _, ms in spent)
    rows = "".join(
        f'<tr><th scope="row">{esc(capital(word))}</th><td class="cd-ev-bar">{bar(ms / whole)}</td>'
        f'<td class="cd-ev-n">{ms / 1000:.2f} s</td></tr>'
        for word, ms in spent
        if whole and ms >= 1
    )
    return f'<h3>Times</h3><table class="cd-ev-times"><tbody>{rows}</tbody></table>' if rows else ""


def _ranks(answer: Json, gold: list[str]) -> str:
    """Each passage in the order found, with its rank by meaning and by words, and what became of it."""
    cited = {citation["passage_id"] for citation in answer.get("citations", ())}
    names = sorted({name for passage in answer.get("retrieved", ()) for name in passage["ranks"]})
    rows = "".join(
        f'<tr><td class="cd-ev-n">{place}</td><td dir="auto">{esc(source_name(p))}'
        f"{_fate(p, cited, gold)}</td>"
        + "".join(f'<td class="cd-ev-n">{esc(p["ranks"].get(name, "–"))}</td>' for name in names)
        + f'<td class="cd-ev-n">{float(p["score"]):.3f}</td></tr>'
        for place, p in enumerate(answer.get("retrieved", ()), 1)
    )
    heads = "".join(
        f'<th scope="col">{esc({"dense": "meaning", "bm25": "words"}.get(name, name))}</th>' for name in names
    )
    return (
        '<h3>Found, by rank</h3><table class="cd-ev-ranks"><thead><tr><th scope="col">#</th>'
        f'<th scope="col">Passage of</th>{heads}<th scope="col">score</th></tr></thead><tbody>{rows}</tbody></table>'
        if rows
        else ""
    )


def _fate(passage: Json, cited: set[str], gold: list[str]) -> str:
    said = ["cited"] if passage["passage_id"] in cited else []
    if passage["article_id"] in gold:
        said.append("fair source")
    return "".join(f' <span class="cd-tag">{esc(word)}</span>' for word in said)
