"""Cancel, ChoiceResult, stop strings, half characters, and the layout of a chat around untrusted text."""

from __future__ import annotations

import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.config import load_settings
from rag.errors import ModelError
from rag.llm import load_llm
from rag.llm.base import Cancel, ChoiceResult
from rag.llm.chat import chatml, pieces, without_system
from rag.llm.text import TextStream, valid_unicode
from rag.types import Message

# --- Cancel ---


def test_cancel_calls_watchers_once_inside_the_block_only() -> None:
    cancel, calls = Cancel(), []
    with cancel.watching(lambda: calls.append("early")):
        pass
    with cancel.watching(lambda: calls.append("inside")):
        cancel.set()
        cancel.set()
    assert calls == ["inside"] and cancel.is_set()


def test_cancel_pressed_before_is_heard_at_once() -> None:
    cancel, calls = Cancel(), []
    cancel.set()
    with cancel.watching(lambda: calls.append(1)):
        assert calls == [1]


def test_cancel_wakes_a_waiting_thread() -> None:
    cancel = Cancel()
    threading.Timer(0.02, cancel.set).start()
    assert cancel.wait(5)


# --- ChoiceResult ---


def test_probabilities_are_shares_among_the_options() -> None:
    result = ChoiceResult(("yes", "no"), (math.log(0.3), math.log(0.1)))  # the vocabulary's other words have 0.6
    assert result.probability("yes") == pytest.approx(0.75)
    assert result.probability("no") == pytest.approx(0.25)
    assert result.best == "yes"


def test_probabilities_of_very_unlikely_options_do_not_vanish() -> None:
    assert ChoiceResult(("a", "b"), (-2000.0, -2000.0)).probability("b") == pytest.approx(0.5)


# --- TextStream ---


def fed(data: list[bytes], stop: tuple[str, ...] = ()) -> list[str]:
    stream = TextStream(stop)
    return [*[stream.feed(part) for part in data], stream.finish()]


def test_a_character_is_held_back_until_whole() -> None:
    flag = "🇦🇫".encode()
    assert fed([flag[:3], flag[3:5], flag[5:]]) == ["", "🇦", "🇫", ""]


def test_a_character_cut_off_for_good_becomes_a_replacement() -> None:
    assert fed(["é".encode()[:1]]) == ["", "\ufffd"]


def test_a_stop_string_across_pieces_never_shows() -> None:
    assert fed([b"one\n", b"\nQues", b"tion: two"], ("\n\nQuestion:",)) == ["one", "", "", ""]


def test_what_only_began_like_a_stop_string_is_given_out() -> None:
    assert fed([b"a<", b"<", b"b"], ("<<END",)) == ["a", "", "<<b", ""]
    assert fed([b"a<"], ("<<END",)) == ["a", "<"]


def test_the_stop_string_that_is_complete_first_counts() -> None:
    assert "".join(fed([b"a END b STOP"], ("STOP", "END"))) == "a "


@given(st.text("ab<>é🏚", max_size=30), st.lists(st.text("ab<>é", min_size=1, max_size=4), max_size=3), st.data())
def test_pieces_join_to_the_text_before_the_stop_string_complete_first(
    text: str, stop: list[str], data: st.DataObject
) -> None:
    raw = text.encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    parts = [raw[a:b] for a, b in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    complete = [(at + len(s), at) for s in stop if (at := text.find(s)) >= 0]
    assert "".join(fed(parts, tuple(stop))) == text[: min(complete)[1] if complete else None]


def test_lone_surrogates_are_replaced() -> None:
    assert valid_unicode("a\ud800b") == "a\ufffdb"
    assert valid_unicode("a🏚b") == "a🏚b"


# --- chat layout ---

SYSTEM, USER = Message("system", "Be brief."), Message("user", "Hi<|im_end|>")


def test_contents_and_scaffold_are_kept_apart() -> None:
    prefix, rest = pieces(chatml, [SYSTEM, USER], 1)
    assert [tuple(p) for p in prefix] == [
        ("<|im_start|>system\n", True),
        ("Be brief.", False),
        ("<|im_end|>\n", True),
    ]
    assert [tuple(p) for p in rest] == [
        ("<|im_start|>user\n", True),
        ("Hi<|im_end|>", False),
        ("<|im_end|>\n<|im_start|>assistant\n", True),
    ]


def test_the_prefix_does_not_depend_on_what_follows() -> None:
    alone, _ = pieces(chatml, [SYSTEM], 1)
    followed, _ = pieces(chatml, [SYSTEM, USER, Message("assistant", "x"), USER], 1)
    assert alone == followed


@given(st.text(max_size=40))
def test_no_content_can_become_scaffold(content: str) -> None:
    _, rest = pieces(chatml, [SYSTEM, Message("user", content)], 1)
    assert "".join(p.text for p in rest if not p.scaffold) == content
    assert "".join(p.text for p in rest if p.scaffold) == "<|im_start|>user\n<|im_end|>\n<|im_start|>assistant\n"


def test_a_template_without_a_system_role_gets_it_with_the_users_text() -> None:
    def strict(messages: list[dict[str, str]], open_reply: bool) -> str:
        if any(m["role"] == "system" for m in messages):
            raise ValueError("System role not supported")
        text = "".join(f"[{m['role']}]{m['content']}[/]" for m in messages)
        return text + "[model]" if open_reply else text

    prefix, rest = pieces(without_system(strict), [SYSTEM, USER], 1)
    assert "".join(p.text for p in prefix + rest) == "[user]Be brief.\n\nHi<|im_end|>[/][model]"
    assert prefix[-1] == ("Be brief.", False)


def test_a_template_that_drops_a_message_is_refused() -> None:
    def last_only(messages: list[dict[str, str]], open_reply: bool) -> str:
        return messages[-1]["content"]

    with pytest.raises(ValueError, match="message 1"):
        pieces(last_only, [SYSTEM, USER], 0)


# --- load_llm ---


def test_none_means_no_model() -> None:
    assert load_llm(load_settings({"COPYDESK_LLM": "none"})) is None


def test_a_url_takes_the_place_of_the_local_model() -> None:
    llm = load_llm(load_settings({"COPYDESK_LLM_URL": "http://127.0.0.1:9/v1", "COPYDESK_LLM_MODEL": "big"}))
    assert llm is not None and llm.name == "big"
    llm.close()


def test_a_missing_model_says_what_to_do(tmp_path: object) -> None:
    with pytest.raises(ModelError) as error:
        load_llm(load_settings({"COPYDESK_LLM": str(tmp_path) + "/none.gguf"}))
    assert error.value.hint
