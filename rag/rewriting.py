"""Has the model write a follow-up out in full, and takes what it wrote only where code finds it faithful."""

from __future__ import annotations

from collections.abc import Sequence

from rag import conversation, prompt
from rag.llm.base import LLM, Cancel, complete
from rag.types import Message, Usage

MAX_TOKENS = 60  # of a question


def standalone(llm: LLM, question: str, history: Sequence[Message], cancel: Cancel | None = None) -> tuple[str, Usage]:
    """The question as it will be searched, and the tokens that rewriting it took.

    For one that ``conversation.settled`` leaves open. Where the rewriting isn't faithful the matter of the question
    before is set beside it instead. Raises Cancelled.
    """
    values = {"conversation": conversation.recent(history), "question": question}
    asked = prompt.render(prompt.load("rewrite"), values)
    written = complete(llm, asked, max_tokens=MAX_TOKENS, stop=("\n",), cancel=cancel)
    usage = Usage(written.prompt_tokens, written.cached_tokens, written.completion_tokens)
    rewritten = conversation.accept(written.text, question, history)
    return rewritten or conversation.fall_back(question, history), usage
