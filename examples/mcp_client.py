"""Use an archive's tools as a program's model would, with the official MCP client (it comes with Copydesk):

python examples/mcp_client.py "Who claimed to have taken Kandahar?"            # starts copydesk mcp
python examples/mcp_client.py --url http://127.0.0.1:7860/mcp "Who ...?"       # a server that runs
"""

import argparse
import asyncio
import os
import sys

from mcp import Client, StdioServerParameters, stdio_client

parser = argparse.ArgumentParser()
parser.add_argument("question", nargs="?", default="Who claimed to have taken Kandahar?")
parser.add_argument("--url", help="of a server that runs; without it one is started for this")
parser.add_argument("--archive", help="of the one that is started")
args = parser.parse_args()


async def progress(done: float, total: float | None, message: str | None) -> None:
    print(f"... {message}", file=sys.stderr)


async def main() -> None:
    chosen = ["--archive", args.archive] if args.archive else []
    settings = {name: value for name, value in os.environ.items() if name.startswith("COPYDESK_")}  # else not passed on
    started = StdioServerParameters(command=sys.executable, args=["-m", "rag.cli", "mcp", *chosen], env=settings)
    async with Client(args.url or stdio_client(started)) as client:
        tools = (await client.list_tools()).tools
        print("Tools:", ", ".join(tool.name for tool in tools))

        told = await client.call_tool("ask", {"question": args.question}, progress_callback=progress)
        print(told.content[0].text)  # for a model to read; an error's text says what to do
        if told.is_error:
            return
        answer = told.structured_content  # the same as JSON
        print("Status:", answer["status"])

        for cited in answer["citations"][:1]:  # look at what stands around the first quote
            where = {"article_id": cited["article_id"], "offset": max(0, cited["start"] - 200), "max_chars": 800}
            page = (await client.call_tool("read_article", where)).structured_content
            print(f"\n{page['title']}, from character {page['start']} of {page['length']}:\n{page['text']}")


asyncio.run(main())
