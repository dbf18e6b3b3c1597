"""Ask a Copydesk server with OpenAI's own client (pip install openai):

python examples/openai_client.py "Who claimed to have taken Kandahar?" --until 2021-12-31
"""

import argparse
import sys

from openai import APIConnectionError, BadRequestError, OpenAI, RateLimitError

parser = argparse.ArgumentParser()
parser.add_argument("question", nargs="?", default="Who claimed to have taken Kandahar?")
parser.add_argument("--url", default="http://127.0.0.1:7860", help="where the server is")
parser.add_argument("--until", metavar="DAY", help="only what was published by that day")
args = parser.parse_args()

client = OpenAI(base_url=f"{args.url}/v1", api_key="none")  # no key is asked for, but the client wants one
filters = {"until": args.until} if args.until else {}

try:
    stream = client.chat.completions.create(
        model="copydesk",
        messages=[{"role": "user", "content": args.question}],
        stream=True,
        extra_body={"copydesk": filters},
    )
    answer = None
    for chunk in stream:
        for choice in chunk.choices:
            print(choice.delta.content or "", end="", flush=True)
        answer = (chunk.model_extra or {}).get("copydesk") or answer
except APIConnectionError:
    sys.exit(f"There is no server at {args.url}. Start one: copydesk serve")
except RateLimitError as error:  # the client has tried again by itself, twice
    sys.exit(f"Too many are asking just now. {error.message}")
except BadRequestError as error:  # says what is wrong, and what to do
    sys.exit(error.message)

print(f"\n\n{answer['status']}")
for cited in answer["citations"]:
    print(f"[{cited['n']}] {cited['outlet'] or cited['title']}, {cited['published_at']}: “{cited['quote']}”")
for conflict in answer["conflicts"]:
    print(f"{conflict['kind']}: {', '.join(value['value'] for value in conflict['values'])}")
