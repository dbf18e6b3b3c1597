"""Reads one layer's hidden state out of llama.cpp as it computes a prompt.

What a model "knows" about whether its excerpts hold an answer stands in the middle of its layers rather than in the
words it goes on to write (A. Slobodkin et al., The Curious Case of Hallucinatory (Un)answerability, EMNLP 2023).
llama.cpp hands out its last layer only; the evaluation callback of its public interface sees every tensor by name.
"""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np


class LayerTap:
    """Keeps the output of layer ``layer`` for the last token of the last batch computed while ``on`` is true.

    ``vector`` is float32 [width], None before the first batch. ``lib`` is the llama_cpp module.
    """

    def __init__(self, lib: Any, layer: int, width: int) -> None:
        self.on = False
        self.vector: Any = None
        ggml = _ggml(lib)
        wanted, size = f"l_out-{layer}".encode(), 4 * width
        name_of, bytes_of, read = ggml.ggml_get_name, ggml.ggml_nbytes, ggml.ggml_backend_tensor_get

        def see(tensor: int, asking: bool, _: Any) -> bool:
            # Called for every node of the graph: off, it must cost next to nothing.
            if not self.on or name_of(tensor) != wanted:
                return not asking
            if not asking:
                row = np.empty(width, dtype=np.float32)
                read(tensor, row.ctypes.data, bytes_of(tensor) - size, size)
                self.vector = row
            return True

        self.callback = lib.ggml_backend_sched_eval_callback(see)  # C keeps a pointer: lives as long as the context


def _ggml(lib: Any) -> Any:
    """The base library of ggml, with the three functions of its public headers that reading a tensor takes."""
    folder = Path(lib.__file__).parent / "lib"
    found = sorted(folder.glob("*ggml-base.*"), key=lambda path: len(path.name))
    if not found:
        raise OSError(f"no ggml-base library in {folder}")
    ggml = ctypes.CDLL(str(found[0]))
    ggml.ggml_get_name.restype, ggml.ggml_get_name.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    ggml.ggml_nbytes.restype, ggml.ggml_nbytes.argtypes = ctypes.c_size_t, [ctypes.c_void_p]
    ggml.ggml_backend_tensor_get.restype = None
    ggml.ggml_backend_tensor_get.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t]
    return ggml
