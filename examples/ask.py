"""Ask the archive from Python: python examples/ask.py "Who claimed to have taken Kandahar?" """

import sys

from rag import Copydesk, load_settings

question = " ".join(sys.argv[1:]) or "Who claimed to have taken Kandahar?"

with Copydesk.open(load_settings()) as desk:
    answer = desk.ask(question)

print(f"{answer.status}: {answer.text or answer.notice}")
for c in answer.citations:
    print(f"[{c.n}] {c.outlet or c.title}, {c.published_at or 'undated'}: “{c.quote}”")
for conflict in answer.conflicts:
    print(f"{conflict.kind}: {', '.join(f'{v.value} ({v.date})' for v in conflict.values)}")
for sentence in answer.withheld:
    print(f"withheld: {sentence.text} ({sentence.reason})")
