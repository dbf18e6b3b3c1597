"""What all views are built of: text stays text, and a link says where it leads."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from tests.hostile import PAYLOADS, seen
from ui.bricks import address, esc, host, link


@pytest.mark.parametrize("text", PAYLOADS)
def test_hostile_text_is_text_in_an_element_and_in_an_attribute(text: str) -> None:
    root = html.fragment_fromstring(f'<p title="{esc(text)}">{esc(text)}</p>')
    assert len(root) == 0 and root.keys() == ["title"]
    assert seen(root.text_content()) == seen(text) == seen(root.get("title"))


@given(st.text(st.characters()))
def test_any_text_can_be_sent_and_escaped(text: str) -> None:
    esc(text).encode("utf-8")
    address("article", text).encode("ascii")


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_only_web_pages_are_linked_and_by_their_ascii_host(text: str) -> None:
    for url in (text, f"http://{text}", f"https://{text}/"):
        if made := link(url):
            element = html.fragment_fromstring(made)
            assert element.get("href").lower().startswith(("http://", "https://"))
            assert element.text_content().removesuffix(" ↗").isascii()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://coastpost.test/ferry", "coastpost.test"),
        ("HTTP://Coastpost.TEST:8080/", "coastpost.test"),
        ("https://bank.test@evil.test/", "evil.test"),
        ("https://аррӏе.com/", "xn--80ak6aa92e.com"),
        ("https://münchen.test/", "xn--mnchen-3ya.test"),
        ("https://ｅvil。test/", "evil.test"),
        ("http://[::1]/", "::1"),
        ("http://192.0.2.7/x", "192.0.2.7"),
    ],
)
def test_a_link_names_the_host_it_leads_to(url: str, shown: str) -> None:
    assert host(url) == shown
    assert f">{shown} ↗<" in link(url) and "noopener noreferrer" in link(url)


@pytest.mark.parametrize(
    "url",
    [
        None, "", "coastpost.test", "//evil.test", "javascript:alert(1)", " https://a.test", "https://a.test/ b",
        "https://a.test\\@evil.test/", "https://a.test\u202e/", "https://%65vil.test/", "http://0x7f.1/", "http://a..b/",
        "http://127.1/", "https://straße.test/", "https://a.test:port/", "http:evil.test", "https:///evil.test",
        "https://a.test/><b>", "data:text/html,x", "file:///etc/passwd", r"\\evil.test\x",
    ],
)  # fmt: skip
def test_what_a_browser_might_read_otherwise_is_no_link(url: str | None) -> None:
    assert link(url) == "" and host(url) == ""


def test_an_address_survives_what_an_id_may_hold() -> None:
    assert address("article", "a&b=#c", quote="1-2") == "#article=a%26b%3D%23c&quote=1-2"
    assert urlsplit(address("article", "\ud800")).fragment == "article=%3F"
