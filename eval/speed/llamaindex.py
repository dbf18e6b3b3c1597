"""The peer's process: a plain LlamaIndex CitationQueryEngine over a folder of text files.

    python -m eval.speed.llamaindex MODEL.gguf FOLDER

Questions come in on stdin, a JSON string a line. Out go, a line each: ``{"event": "ready"}`` once; then for each
question ``{"event": "token"}`` with the first text, and ``{"event": "answer", ...}`` with all of it.

All is as documented: ``VectorStoreIndex.from_documents`` with its default splitter (1,024 tokens), and the engine of
the documentation's example (``similarity_top_k=3, citation_chunk_size=512``), streaming. The language model runs
through llama-cpp-python's ``Llama``, which keeps the common beginning of two prompts; it gets all cores, greedy
decoding, the model's own chat template and a context in which everything fits at once. Nothing calls the network, which
is refused: the tokenizer is the model's, the sentence splitter's data come with the package.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Generator
from itertools import takewhile
from pathlib import Path
from typing import Any

from llama_cpp import Llama
from llama_index.core import Document, Settings, VectorStoreIndex, set_global_tokenizer
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.query_engine import CitationQueryEngine

from rag.config import go_offline, load_settings
from rag.llm.cores import physical_cores
from rag.offline import refuse_connections
from rag.search.embed import Embedder, load_embedder

CONTEXT = 8192  # tokens: three chunks, their citation prompt and the answer never need a second call
MAX_TOKENS = 256  # of an answer, LlamaIndex's default


class LocalLLM(CustomLLM):
    """llama-cpp-python's chat for LlamaIndex; notes when a call begins, and when its first text is there."""

    llama: Any
    began: float = 0.0
    first: float = 0.0
    read: int = 0  # prompt tokens that had to be computed
    written: int = 0
    last: tuple[int, ...] = ()  # tokens of the last prompt

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=CONTEXT, num_output=MAX_TOKENS, model_name="llama.cpp")

    def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> CompletionResponse:
        text = ""
        for response in self.stream_complete(prompt):
            text = response.text
        return CompletionResponse(text=text)

    def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Generator[CompletionResponse]:
        self.began, self.first, text = time.perf_counter(), 0.0, ""
        tokens = tuple(self.llama.tokenize(prompt.encode(), add_bos=False, special=False))
        kept = takewhile(lambda both: both[0] == both[1], zip(tokens, self.last, strict=False))
        self.read += len(tokens) - len(list(kept))
        self.last = tokens
        messages = [{"role": "user", "content": prompt}]
        for chunk in self.llama.create_chat_completion(messages, stream=True, temperature=0.0, max_tokens=MAX_TOKENS):
            piece = chunk["choices"][0]["delta"].get("content")
            if piece:
                self.first = self.first or time.perf_counter()
                self.written += 1
                text += piece
                yield CompletionResponse(text=text, delta=piece)


class LocalEmbedding(BaseEmbedding):
    """Copydesk's embedder for LlamaIndex."""

    embedder: Any

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(self.embedder.encode_queries([query]))

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vector(self.embedder.encode_documents([text]))

    def _vector(self, rows: Any) -> list[float]:
        return [float(value) for value in rows[0]]


def engine(llm: LocalLLM, embedder: Embedder, articles: Path) -> Any:
    """The query engine over the folder's ``.txt`` files."""
    set_global_tokenizer(lambda text: llm.llama.tokenize(text.encode(), add_bos=False, special=False))
    Settings.llm, Settings.embed_model = llm, LocalEmbedding(embedder=embedder)
    documents = [
        Document(text=path.read_text(encoding="utf-8"), metadata={"file_name": path.name})
        for path in sorted(articles.glob("*.txt"))
    ]
    index = VectorStoreIndex.from_documents(documents)
    return CitationQueryEngine.from_args(index, similarity_top_k=3, citation_chunk_size=512, streaming=True)


def answer(engine: Any, llm: LocalLLM, question: str, tell: Callable[[dict[str, Any]], None]) -> None:
    """Answer one question, telling when its first text is there, and then all of it."""
    llm.read = llm.written = 0
    began, text = time.perf_counter(), ""
    for piece in engine.query(question).response_gen:
        if not text and piece:
            tell({"event": "token"})
        text += piece
    ended = time.perf_counter()
    first = llm.first or ended
    tell(
        {
            "event": "answer",
            "text": text,
            "uncached_tokens": llm.read,
            "completion_tokens": llm.written,
            "stages_ms": {
                "retrieve": 1000 * (llm.began - began),
                "prefill": 1000 * (first - llm.began),
                "decode": 1000 * (ended - first),
            },
        }
    )


def main(model: str, articles: str) -> None:
    out, sys.stdout = sys.stdout, sys.stderr  # what a library prints must not pass for an answer

    def tell(event: dict[str, Any]) -> None:
        out.write(json.dumps(event) + "\n")
        out.flush()

    refuse_connections([])
    settings = load_settings()
    go_offline()
    cores = settings.n_threads or physical_cores()
    llama = Llama(model_path=model, n_ctx=CONTEXT, n_threads=cores, n_threads_batch=cores, verbose=False)
    llm = LocalLLM(llama=llama)
    built = engine(llm, load_embedder(settings), Path(articles))
    next(iter(built.query("What is this about?").response_gen), "")  # everything is loaded, as in a warm server
    tell({"event": "ready"})
    for line in sys.stdin:
        answer(built, llm, json.loads(line), tell)


if __name__ == "__main__":
    main(*sys.argv[1:])
