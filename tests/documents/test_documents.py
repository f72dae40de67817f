"""The two forms on paper: every field, every script, for every reader, and never a failure."""

import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from bot.errors import Misconfigured
from bot.rules.documents import (
    AccessRequestForm,
    Completion,
    ContentReportForm,
    Decision,
    Form,
    RecordForm,
    Remark,
    Row,
    code,
    instants,
)
from bot.services.documents.typeset import FOLDER, FONTS, make_pdf
from tests.rules.test_documents import APPROVED, ASKED, KEY, REPORT, REQUEST

# Names as they stand on rolls of schools in England.
NAMES = {
    "Vietnamese": "Nguyễn Thị Hương",
    "Polish": "Łukasz Wiśniewski-Żółć",
    "Welsh": "Siân Ŵyn",
    "Yoruba": "Adébáyọ̀ Ọlátúnjí",
    "Turkish": "Çağrı İpek",
    "Greek": "Ελένη Παπαδοπούλου",
    "Cyrillic": "Юлія Щербакова",
    "Arabic": "ليلى الفارسي",
    "Urdu": "محمد علی ٹیپو گل",
    "Persian": "ژاله چگینی",
    "Hebrew": "שרה כהן",
    "Hindi": "अनन्या शर्मा",
    "Bengali": "নুসরাত জাহান",
    "Punjabi": "ਗੁਰਪ੍ਰੀਤ ਕੌਰ",
    "Gujarati": "હેતલ પટેલ",
    "Tamil": "தமிழ்ச்செல்வி",
    "Telugu": "లక్ష్మి",
    "Kannada": "ಲಕ್ಷ್ಮಿ",
    "Malayalam": "ലക്ഷ്മി",
    "Sinhala": "නිමාලි පෙරේරා",
    "Nepali": "सुनिता गुरुङ",
    "Thai": "สมชาย ใจดี",
    "Khmer": "សុខា",
    "Burmese": "အောင်စန်း",
    "Tibetan": "བསྟན་འཛིན",
    "Amharic": "አበበ ቢቂላ",
    "Tigrinya": "ሰላም",
    "Armenian": "Անահիտ",
    "Georgian": "ქეთევან",
    "Chinese": "王小明",
    "Cantonese": "陳嘉瑩",
    "rare Chinese": "𠮷田",
    "Japanese": "佐藤さくら カナ",
    "Korean": "김민준",
    "Fulani": "𞤀𞤣𞤤𞤢𞤥",
    "Tifinagh": "ⵜⵉⵏⵀⵉⵏⴰⵏ",
    "Maldivian": "އައިޝަތު",
}
ANYTHING = st.text(alphabet=st.characters(exclude_categories=[]), max_size=60)  # half surrogate pairs too


def words(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def tags(pdf: bytes) -> list[str]:
    """The kinds of structure element, in the order in which they are read aloud."""
    return list(structure(pdf, "/S"))


def structure(pdf: bytes, key: str) -> Iterator[str]:
    """What every structure element has under a key, in the order in which they are read aloud."""
    root = cast(DictionaryObject, PdfReader(BytesIO(pdf)).trailer["/Root"])

    def walk(element: Any) -> Iterator[str]:
        element = element.get_object()
        if isinstance(element, list):
            for child in element:
                yield from walk(child)
        elif isinstance(element, dict):
            if key in element:
                yield str(element[key])
            if "/K" in element:
                yield from walk(element["/K"])

    return walk(root["/StructTreeRoot"])


def in_order(text: str, *parts: str) -> bool:
    found = re.search(".*?".join(re.escape(squeezed(part)) for part in parts), squeezed(text), re.DOTALL)
    return found is not None


def test_an_access_request_shows_every_field_in_the_order_of_the_form() -> None:
    reviewed = Decision("E-Safety Co-ordinator", False, "Adverts", "Olu Office", "O. Office", ASKED)
    text = words(make_pdf(replace(REQUEST, decisions=(reviewed, APPROVED)), KEY))
    assert in_order(
        text, "Huntington Community Primary School", "Blocked content access request", "§7.5",
        "Requester", "Staff name:", "Ann Nguyễn", "Date:", "Mon 23 Nov 2026, 14:05",
        "Full URL:", "https://museum.example/volcanoes", "Site content:", "Short films",
        "Reasons for access:", "Year 5 science", "Identified risks and control measures:", "Adverts: shown full screen",
        "Questions and answers", "Mon 23 Nov 2026, 15:05", "Olu Office", "For how long?",
        "Authoriser: E-Safety Co-ordinator", "Approved?", "✗ No", "Reasons:", "Adverts", "Staff name:", "Olu Office",
        "Date:", "Mon 23 Nov 2026, 14:05", "Signature:", "O. Office", "14:05 in a session that Slack authenticated",
        "Authoriser: Headteacher", "Approved?", "✓ Yes", "Agreed for the lessons named", "Hana Head", "Hana Head",
        "Outcome:", "Approved", "Allowed until:", "Fri 18 Dec 2026",
        "Changed in the filter:", "Wed 25 Nov 2026, 14:05, confirmed by Olu Office",
    )  # fmt: skip


def test_a_content_report_shows_every_field_in_the_order_of_the_form() -> None:
    text = words(make_pdf(replace(REPORT, individual="Kit Smith"), KEY))
    assert in_order(
        text, "Huntington Community Primary School", "Inappropriate content report", "§5.5, 6.7 and 7.3",
        "Staff name (submitting report):", "Ann Nguyễn", "Name of individual", "Kit Smith", "Date:",
        "Mon 23 Nov 2026, 14:05", "Full URL(s):", "1.", "https://bad.example/", "2.", "https://worse.example/",
        "Nature of inappropriate content:", "Gambling adverts", "illegal material?", "No",
        "To be completed by the E-Safety Co-ordinator", "Action taken:", "Blocked", "Staff name:", "Olu Office",
        "Date:", "Mon 23 Nov 2026, 17:05", "Signature:", "Olu Office",
        "Headteacher told:", "Mon 23 Nov 2026, 14:15",
    )  # fmt: skip


def test_summer_time_is_the_schools_time() -> None:
    assert "Mon 22 Jun 2026, 15:05" in words(make_pdf(replace(REPORT, reported_at=ASKED.replace(month=6, day=22)), KEY))


def test_what_has_not_happened_yet_is_said() -> None:
    asked = words(make_pdf(replace(REQUEST, decisions=(), outcome="", applied=None, remarks=(), risks=""), KEY))
    assert "Not decided yet" in asked
    assert "Changed in the filter" not in asked  # it is not granted
    assert "(left blank)" in asked
    assert "Questions and answers" not in asked
    reported = words(make_pdf(replace(REPORT, completion=None, head_told_at=None, urls=()), KEY))
    assert "Not known" in reported
    assert "Not completed yet" in reported
    assert "Not recorded" in reported
    assert "(none given)" in reported


def test_a_report_of_perhaps_illegal_material_says_that_nothing_was_kept() -> None:
    assert "None of the material was opened, copied or stored" in words(
        make_pdf(replace(REPORT, perhaps_illegal=True), KEY)
    )


@pytest.mark.parametrize("form", [REQUEST, replace(REPORT, nature="very long " * 400)], ids=["request", "report"])
def test_every_page_names_the_record_its_code_and_itself(form: Form) -> None:
    pages = PdfReader(BytesIO(make_pdf(form, KEY))).pages
    for number, page in enumerate(pages, 1):
        text = page.extract_text()  # the last page also says how to check
        assert f"Record {form.number}" in text
        assert code(form, KEY) in text
        assert f"Page {number} of {len(pages)}" in text
    assert f"python -m bot documents verify {form.number} {code(form, KEY)}" in text


def test_the_same_record_gives_the_same_bytes_and_another_does_not() -> None:
    assert make_pdf(REQUEST, KEY) == make_pdf(REQUEST, KEY)
    assert make_pdf(REQUEST, KEY) != make_pdf(replace(REQUEST, reasons="Other"), KEY)
    assert make_pdf(REQUEST, KEY) != make_pdf(REQUEST, "another key")


def test_the_document_carries_the_records_own_date() -> None:
    metadata = PdfReader(BytesIO(make_pdf(REQUEST, KEY))).metadata
    assert metadata is not None
    assert metadata.creation_date == max(instants(REQUEST))


def test_no_paper_without_a_key() -> None:
    with pytest.raises(Misconfigured, match="LANYARD_KEY"):
        make_pdf(REQUEST, "")


@pytest.mark.parametrize("form", [REQUEST, REPORT], ids=["request", "report"])
def test_a_screen_reader_and_an_archive_find_title_language_headings_and_tables(form: Form) -> None:
    pdf = make_pdf(form, KEY)
    reader = PdfReader(BytesIO(pdf))
    root = cast(DictionaryObject, reader.trailer["/Root"])
    assert str(root["/Lang"]) == "en-GB"
    assert cast(DictionaryObject, root["/MarkInfo"])["/Marked"]
    assert cast(DictionaryObject, root["/ViewerPreferences"])["/DisplayDocTitle"]
    assert b"pdfuaid:part>1<" in cast(Any, root["/Metadata"]).get_data()
    assert b"pdfaid:part>2<" in cast(Any, root["/Metadata"]).get_data()
    assert reader.metadata is not None
    assert str(reader.metadata.title).endswith(form.number)
    found = tags(pdf)
    assert found.count("/H1") == 1
    assert found.index("/H1") < found.index("/H2")
    if isinstance(form, AccessRequestForm):
        assert found.count("/TH") == 3  # when, who, what
    else:
        assert found.count("/LI") == 2  # a list of addresses


def test_an_address_is_never_a_link() -> None:
    """Nobody should open reported content by a slip of the mouse."""
    for page in PdfReader(BytesIO(make_pdf(REPORT, KEY))).pages:
        assert "/Annots" not in page


@pytest.mark.parametrize("script", NAMES)
def test_names_print_in_every_script_of_the_roll(script: str) -> None:
    name = NAMES[script]
    signed = Completion("Blocked", name, name, ASKED)
    pdf = make_pdf(replace(REPORT, reporter=name, individual=name, school=name, completion=signed), KEY)
    text = words(pdf)
    assert set(name) - set(text) == set()  # the order of letters in a line is the font's business
    fonts = {str(font) for page in PdfReader(BytesIO(pdf)).pages for font in _fonts_of(page)}
    assert not any("Unifont" in font for font in fonts), "drawn in dots: legible, but not for a name on a roll"


def _fonts_of(page: Any) -> Iterator[object]:
    for font in page["/Resources"]["/Font"].values():
        yield font.get_object()["/BaseFont"]


def test_markup_is_only_text() -> None:
    typed = r'#import "x": * #panic("x") $x^2$ *b* _i_ = h `r` <l> @r // c /* d */ \u{41} \ #sys.inputs [ ] -- ...'
    form = replace(REQUEST, requester=typed, reasons=typed, decisions=(replace(APPROVED, role=typed, signature=typed),))
    assert squeezed(words(make_pdf(form, KEY))).count(squeezed(typed)) == 4


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("a\ue000b", "a□[U+E000]b"),  # private use: means something only where it was typed
        ("a\U0001fffeb", "a□[U+1FFFE]b"),  # no character at all
        ("a\x00b\x07c", "a□[U+0000]b□[U+0007]c"),
        ("a\ud800b", "a□[U+D800]b"),  # half a surrogate pair
        ("photo\u202egnp.exe", "photo□[U+202E]gnp.exe"),  # would show the rest backwards
        ("\U00030000", "□[U+30000]"),  # a character in no font of ours
        ("one\ttwo\r\nthree\u2028four", "onetwothreefour"),
    ],
)
def test_what_cannot_be_drawn_shows_as_its_number(typed: str, printed: str) -> None:
    assert printed in squeezed(words(make_pdf(replace(REPORT, nature=typed), KEY)))


def test_emoji_are_drawn() -> None:
    text = words(make_pdf(replace(REPORT, nature="👍🏽 👨‍👩‍👧 🇬🇧 ☺️ 1️⃣"), KEY))
    assert set("👍👨👩👧") <= set(text)
    assert "□" not in text


def test_an_address_hides_nothing() -> None:
    text = words(make_pdf(replace(REQUEST, url="https://bank\u200b.example/\u00ada"), KEY))
    assert "https://bank□[U+200B].example/□[U+00AD]a" in squeezed(text)


@pytest.mark.parametrize("letter", ["W", "é", "ل", "中", "ก", "👍", "/", "%", "-", "."])
@pytest.mark.parametrize("before", ["", "https://long.example/"])
def test_three_thousand_letters_without_a_space_stay_on_the_paper(letter: str, before: str) -> None:
    pdf = make_pdf(replace(REPORT, nature=before + letter * 3000), KEY)
    text = words(pdf)
    assert text.count(letter) >= 3000
    # A full stop is the narrowest of these: 105 mm hold some 145 of them.
    assert max(line.count(letter) for line in text.splitlines()) < 150


def test_forty_addresses_and_long_answers_flow_over_the_pages() -> None:
    urls = tuple(f"https://bad-{number}.example/{'path/' * number}?q={number}" for number in range(40))
    long = " ".join(f"word{number}" for number in range(400))
    pdf = make_pdf(replace(REPORT, urls=urls, nature=long, completion=Completion(long, long, long, ASKED)), KEY)
    text = squeezed(words(pdf))
    assert all(squeezed(url) in re.sub(r"RecordCR-3.*?CR-3", "", text) for url in urls)
    assert text.count("word399") == 4


def test_a_long_outcome_is_not_cut_off() -> None:
    outcome = "\n".join(f"line{number}" for number in range(300))
    assert all(f"line{number}" in words(make_pdf(replace(REQUEST, outcome=outcome), KEY)) for number in (0, 150, 299))


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_text_makes_a_request_fail(one: str, two: str, three: str) -> None:
    decision = Decision(one, False, two, three, three, ASKED)
    make_pdf(
        AccessRequestForm(
            school=one,
            timezone="Europe/London",
            number="AR-1",
            requester=two,
            requested_at=ASKED,
            url=three,
            site_content=one,
            reasons=two,
            risks=three,
            outcome=one,
            decisions=(decision, decision),
            remarks=(Remark(ASKED, one, two),),
        ),
        KEY,
    )


@given(ANYTHING, ANYTHING, st.lists(ANYTHING, max_size=5))
def test_no_text_makes_a_report_fail(one: str, two: str, urls: list[str]) -> None:
    make_pdf(
        ContentReportForm(
            school=two,
            timezone="Europe/London",
            number="CR-1",
            reporter=one,
            reported_at=ASKED,
            individual=two,
            urls=tuple(urls),
            nature="\n".join(urls),
            perhaps_illegal=True,
            completion=Completion(one, two, one, ASKED),
        ),
        KEY,
    )


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_text_makes_a_record_fail(one: str, two: str, three: str) -> None:
    make_pdf(
        RecordForm(
            school=one,
            timezone="Europe/London",
            number="PR-1",
            title="Request to use a personal account",
            clauses="§5.7, 5.9",
            asker=two,
            asked_at=ASKED,
            rows=(Row(three, one), Row(one, "Mon 23 Nov 2026")),
            outcome=three,
            decisions=(Decision(one, True, two, three, one, ASKED),),
            remarks=(Remark(ASKED, one, two),),
        ),
        KEY,
    )


# Found by trying 13,000 such accents: typst has no glyph for this pair, though it has one for each.
NO_GLYPH = "袦\u08ce𝖺\u0354"


def test_an_accent_on_a_letter_of_another_script_is_spelt_out_where_it_must_be() -> None:
    text = words(make_pdf(replace(REPORT, reporter="Nguye\u0302\u0303n शर्मा ليلى", nature=NO_GLYPH), KEY))
    assert "袦□[U+08CE]𝖺□[U+0354]" in text
    assert "शर्मा"[0] in text
    assert text.count("□") == 2  # the names beside it keep their accents


def _covered() -> str:
    ranges = (line.split("-") for line in (FONTS / "coverage.txt").read_text("ascii").split())
    return "".join(chr(point) for first, last in ranges for point in range(int(first, 16), int(last, 16) + 1))


def test_the_fonts_hold_what_coverage_says() -> None:
    letters = _covered()[::31]  # every one of the 70,000 takes eight seconds
    assert len(letters) > 2000
    # Spelt out, they would show as numbers; refused, they would raise.
    assert "□[" not in words(make_pdf(replace(REPORT, nature=" ".join(letters)), KEY))


def test_every_font_is_named_in_the_template_and_none_is_missing() -> None:
    import typst

    shipped = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]).families()
    template = (FOLDER / "look.typ").read_text()
    named = re.findall(r'"([^"]+)"', template[template.index("#let fonts") :])
    assert sorted(shipped) == sorted(named)
    assert (FONTS / "OFL.txt").exists()
    assert sum(file.stat().st_size for file in FONTS.iterdir()) < 20_000_000
