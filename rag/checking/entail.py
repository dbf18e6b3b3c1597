"""An optional second opinion: a cross-encoder that reads quote and claim together, from a local folder.

Switched in by ``COPYDESK_ENTAILMENT_MODEL``. Two kinds are understood by their ``config.json``: sequence classifiers
(NLI models, one of whose labels is "entailment"; rerankers and consistency models with one score) and token classifiers
that mark unsupported words (LettuceDetect, Kovács and Recski 2025). None is fetched and none comes with Copydesk.
"""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rag.config import Settings, go_offline
from rag.errors import ModelError

LONGEST = 512  # tokens of quote and claim together
_CARRIED = ("entail", "support", "consistent", "factual", "grounded")  # what labels that speak for a claim begin with

Read = Callable[[str, str], float]  # quote and claim to the probability that the one carries the other


class Entailment:
    """The model, loaded at first use; threads take turns."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError where ``folder`` holds no model of a kind that is understood."""
        self._folder = folder
        self._kind = _kind(folder)
        self._read: Read | None = None
        self._lock = threading.Lock()

    def probability(self, claim: str, quote: str) -> float:
        """That the quote carries the claim, in [0, 1], by this model. Raises ModelError where it can't be loaded."""
        with self._lock:
            if self._read is None:
                self._read = self._load()
            return self._read(quote, claim)

    def _load(self) -> Read:
        go_offline()  # before the import: the libraries read it once
        from rag.models import loading

        hint = "Check COPYDESK_ENTAILMENT_MODEL, or unset it: it is optional."
        with loading(f"The entailment model at {self._folder}", hint):
            return (_token_reader if self._kind == "token" else _sequence_reader)(self._folder)


def load_entailment(settings: Settings) -> Entailment | None:
    """The model that ``settings`` name, None where they name none. Nothing heavy happens yet. Raises ModelError."""
    return Entailment(settings.entailment) if settings.entailment else None


def _kind(folder: Path) -> str:
    """Of what kind the model is, "sequence" or "token"."""
    hint = "Set COPYDESK_ENTAILMENT_MODEL to the folder of a cross-encoder, or unset it: it is optional."
    file = folder / "config.json"
    if not file.is_file():
        raise ModelError(f"There is no entailment model at {folder}.", hint)
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise ModelError(f"The entailment model's {file} is damaged.", hint) from None
    named = " ".join(str(name) for name in (config.get("architectures") or ())) if isinstance(config, dict) else ""
    for kind in ("Sequence", "Token"):
        if f"For{kind}Classification" in named:
            return kind.lower()
    raise ModelError(f"The model at {folder} is no cross-encoder ({named or 'of an unknown kind'}).", hint)


def _sequence_reader(folder: Path) -> Read:
    import torch
    from sentence_transformers import CrossEncoder

    model = CrossEncoder(str(folder), device="cpu", local_files_only=True, trust_remote_code=False, max_length=LONGEST)
    labels = {int(k): str(v) for k, v in (getattr(model.config, "id2label", None) or {}).items()}

    def read(quote: str, claim: str) -> float:
        scores = model.predict([(quote, claim)], activation_fn=torch.nn.Identity(), show_progress_bar=False)[0]
        return carried([float(s) for s in scores.reshape(-1)], labels)

    return read


def _token_reader(folder: Path) -> Read:
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    model = AutoModelForTokenClassification.from_pretrained(str(folder), local_files_only=True, trust_remote_code=False)
    model.eval()

    def read(quote: str, claim: str) -> float:
        both = tokenizer(quote, claim, truncation="only_first", max_length=LONGEST, return_tensors="pt")
        ours = [i for i, part in enumerate(both.sequence_ids(0)) if part == 1]
        with torch.inference_mode():
            marked = model(**both).logits[0].softmax(-1)[:, 1]
        return 1 - max((float(marked[i]) for i in ours), default=0.0)

    return read


def carried(scores: Sequence[float], labels: dict[int, str]) -> float:
    """The probability of entailment out of a classifier's raw scores: the share (softmax) of the label that means it,
    or of a single score its sigmoid. With two labels whose names tell nothing, the second is taken for it.

    Raises ValueError where none of three or more labels means it.
    """
    if len(scores) == 1:
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, scores[0]))))
    meant = [i for i, label in labels.items() if label.lower().strip(" _-").startswith(_CARRIED)]
    if len(meant) != 1 and len(scores) != 2:
        raise ValueError(f"none of its labels means entailment: {', '.join(labels.values())}")
    at, top = (meant[0] if len(meant) == 1 else 1), max(scores)
    shares = [math.exp(score - top) for score in scores]
    return shares[at] / sum(shares)


def opinion(model: Entailment) -> Callable[[str, Any], float]:
    """The model as ``verify.check`` asks it: a claim and its quote to a probability."""
    return lambda claim, quote: model.probability(claim, " ".join(quote.text.split()))
