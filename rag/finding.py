"""From a question to the passages and sentences that may answer it: search, time, copies, order."""

from __future__ import annotations

from dataclasses import replace

from rag import evidence, timeline
from rag.archive import Archive
from rag.clock import Clock
from rag.disagreement import copies
from rag.found import Found
from rag.text.times import parse_day
from rag.types import Filter
from rag.verdict import abstain

CANDIDATES = 20  # passages whose sentences compete to be evidence, and may be cited
NEAR = 3  # among these a passage that can't be read is worth a word; they tell which year a question's date means


def find(archive: Archive, question: str, filter: Filter, clock: Clock) -> Found:
    """Retrieve passages and rank their sentences."""
    hits = archive.search(question, CANDIDATES, filter)
    asked_time = timeline.asked_time(question, [h.article for h in hits[:NEAR]], parse_day(filter.as_of))
    if asked_time and (then := timeline.up_to(filter, asked_time)):  # later reports must not crowd out those of then
        hits = timeline.merged(archive.search(question, CANDIDATES, then), hits)
    clock.mark("retrieve")
    embedder = archive.embedder
    unread = [h for h in hits if h.article.language not in (None, abstain.ANSWERS_IN)]
    read = [h for h in hits if h not in unread]
    sentences, later = timeline.told_by(
        copies.mark(evidence.shortlist(question, read), {h.article.id: h.near for h in read}), asked_time
    )
    vectors = embedder.encode_cached([s.text for s in sentences])
    asked = embedder.encode_cached([question])[0]
    boosts = timeline.recency_boost(question, sentences, asked_time)
    found = evidence.rank(question, hits, sentences, vectors, [float(c) for c in vectors @ asked], boosts)
    near = {h.article.language or "" for h in hits[:NEAR] if h in unread}
    notices = timeline.undated_notice(archive.undated(filter)), later
    found = replace(found, unread=tuple(sorted(near)), notices=tuple(n for n in notices if n))
    clock.mark("evidence")
    return found
