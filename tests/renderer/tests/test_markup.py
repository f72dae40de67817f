"""Wording and values on the page: marked as Slack marks them, and never anything but text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.wording import Wording, escape, quoted
from tests.renderer.markup import joined, marked, tag


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("*AR-1 waits.* Ann asks", "<strong>AR-1 waits.</strong> Ann asks"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("*a*b*", "*a*b*"),
        ("_so_ snake_case_name", "<em>so</em> snake_case_name"),
        ("~gone~ ~ 5", "<s>gone</s> ~ 5"),
        ("Type `/lanyard *x*`", "Type <code>/lanyard *x*</code>"),
        ("*_both_*", "<strong><em>both</em></strong>"),
        ("Fish &amp; chips &lt;b&gt;", "Fish &amp; chips &lt;b&gt;"),
        ("&amp;amp;", "&amp;amp;"),  # somebody wrote "&amp;"
        ("✅ yes", '<span class="go">✅</span> yes'),
        ("first\nsecond", "first<br>second"),
        (
            "<https://a.example/?x=1&amp;y=2|here>",
            '<a href="https://a.example/?x=1&amp;y=2" rel="noreferrer">here</a>',
        ),
        ("<https://a.example>", '<a href="https://a.example" rel="noreferrer">https://a.example</a>'),
        ("<javascript:alert(1)|here>", "here"),
        ("<!channel>", "!channel"),
    ],
)
def test_a_line(written: str, shown: str) -> None:
    assert marked(Wording(written)) == f"<p>{shown}</p>"


def test_what_somebody_wrote_stands_beside_a_bar() -> None:
    written = quoted("a <b>\nsecond")
    said = Wording(f"*Reasons*\n{written}\nSigned: Hana")
    assert marked(said) == (
        "<p><strong>Reasons</strong></p><blockquote>a &lt;b&gt;<br>second</blockquote><p>Signed: Hana</p>"
    )


@given(st.text(st.characters(exclude_characters="\r", codec="utf-8")))
def test_no_value_becomes_a_tag_or_a_link(value: str) -> None:
    shown = marked(Wording(escape(value)))
    assert "<" not in re.sub(r"</?(?:p|strong|em|s|code|br|span class=\"(?:go|stop|mind)\"|span)>", "", shown)


def test_labels_and_attributes_are_read_as_they_were_written() -> None:
    label = Wording(escape('Fish & "chips" <b>'))
    assert tag("button", label, aria_label=label, hidden=False, class_=None) == (
        '<button aria-label="Fish &amp; &quot;chips&quot; &lt;b&gt;">Fish &amp; &quot;chips&quot; &lt;b&gt;</button>'
    )
    assert joined("&amp;", None, tag("br")) == "&amp;amp;<br>"
