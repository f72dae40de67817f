"""Documents become sections and clauses, whatever they are saved as; what is none is told plainly."""

import io
import zipfile

import docx
import pytest
import typst
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from bot.errors import BadFile
from bot.reading.policy.read import read
from bot.rules.policy.clauses import Policy, key
from tests import policies


def numbers(found: Policy) -> list[str]:
    return [clause.number for _, clause in found.clauses() if clause.number]


def clause(found: Policy, number: str) -> str:
    return next(clause.whole for _, clause in found.clauses() if clause.number == number)


KINDS = {
    "text": policies.text().encode(),
    "windows": policies.text().replace("Children's", "Children’s").encode("cp1252"),
    "utf-16": policies.text().encode("utf-16"),
    "utf-16 without mark": policies.text().encode("utf-16-le"),
    "utf-8 with mark": policies.text().encode("utf-8-sig"),
    "old mac lines": policies.text().replace("\n", "\r").encode(),
    "one line a paragraph": policies.text(width=5000).encode(),
    "word": policies.word(),
    "pdf": policies.pdf(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_whole_policy_is_found_in_every_kind_of_document(kind: str) -> None:
    found = read(KINDS[kind])
    assert [section.number for section in found.numbered] == ["1", "2", "3", "4"]
    assert [section.heading for section in found.numbered] == [
        "Why we have this policy",
        "Pictures of children",
        "Staff online",
        "Looking at this again",
    ]
    assert found.clause_count() == policies.CLAUSES
    assert found.missing() == policies.MISSING
    assert found.twice() == ()
    assert numbers(found)[2:13] == ["2.1", "2.2", "2.3", "2.4", "2.4a", "2.5", "2.6", "2.7", "2.8", "2.9", "2.10"]
    assert clause(found, "2.3").endswith("sent on to the office.")
    assert clause(found, "1.2").endswith("• Bring Your Own Device Rules\n• Camera & Film Guidance")
    assert clause(found, "3.4").endswith("by somebody who was not there.")
    assert clause(found, "4.1") == "The governors look at it every three years.\nUntil then it holds."
    headings = {each.number: each.heading for _, each in found.clauses()}
    assert [headings[number] for number in ("3.1", "3.2", "3.3", "3.6", "4.1")] == [
        "On the school's accounts",
        "On the school's accounts",
        "On private accounts",
        "On private accounts",
        "",
    ]
    everything = "\n".join(each.whole for _, each in found.clauses())
    for furniture in ("Page", "lost camera", "Elm Grove School"):
        assert furniture not in everything


@pytest.mark.parametrize("kind", ["text", "word"])
def test_a_statement_before_the_first_section_is_kept(kind: str) -> None:
    first = read(KINDS[kind]).sections[0]
    assert (first.number, first.heading) == ("", "Our promise")
    assert first.clauses[0].text == policies.STATEMENT


def test_a_number_in_the_middle_of_a_sentence_is_no_clause() -> None:
    assert "as section 2.9 and the form say." in clause(read(KINDS["text"]), "2.1")


def test_the_numbers_of_word_itself_are_worked_out() -> None:
    found = read(policies.automatic())
    assert [(section.number, section.heading) for section in found.sections] == [("1", "Pictures"), ("2", "Posts")]
    assert numbers(found) == ["1.1", "1.2", "1.3", "2.1"]
    assert clause(found, "1.2") == "These are never taken:\n• in the pool\n• in the toilets"


def test_what_tracked_changes_deleted_is_left_out_and_what_they_inserted_is_taken() -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = docx.Document()
    document.add_heading("1. Rules", 1)
    paragraph = document.add_paragraph("1.1. Phones are ")._p
    run = "<w:{0} {1} w:id='1' w:author='x'><w:r><w:{2} xml:space='preserve'>{3}</w:{2}></w:r></w:{0}>"
    paragraph.append(parse_xml(run.format("del", nsdecls("w"), "delText", "welcome")))
    paragraph.append(parse_xml(run.format("ins", nsdecls("w"), "t", "locked away")))
    assert clause(read(policies.saved(document)), "1.1") == "Phones are locked away"


def test_clauses_in_a_table_are_found() -> None:
    document = docx.Document()
    table = document.add_table(2, 2)
    for cell, words in zip(table._cells, ["1. Rules", "1.1. Be kind.", "", "1.2. Be true."], strict=True):
        cell.text = words
    assert numbers(read(policies.saved(document))) == ["1.1", "1.2"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1. A\n\n1.1 One.\n\n1.2 Two.", ["1.1", "1.2"]),  # no full stop behind the number
        ("1. A\n\n1.1) One.\n\n1.2: Two.", ["1.1", "1.2"]),
        ("1. A\n\n§1.1 One.\n\nClause 1.2 Two.", ["1.1", "1.2"]),
        ("1.0 A\n\n1.1 One.\n\n2.0 B\n\n2.1 Two.", ["1.1", "2.1"]),
        ("1. A\n\n1.1 One.\n\n1.1.1 Finer.\n\n1.1.2 Finest.", ["1.1", "1.1.1", "1.1.2"]),
        ("# 1. A\n\n**1.1.** One.\n\n- 1.2. *Two*.", ["1.1", "1.2"]),  # as converters write it
        ("1. A\n\n1.1.One.\n\n1.2.Two.", ["1.1", "1.2"]),
        ("1.1 One.\n\n1.2 Two.\n\n2.1 Three.", ["1.1", "1.2", "2.1"]),  # sections without a heading
        ("1. A\n\n1.1 One.\n\n1.1 One more.\n\n1.2 Two.", ["1.1", "1.1", "1.2"]),
        ("1. A\n\n1.2 Two.\n\n1.1 One.\n\n1.3 Three.", ["1.2", "1.1", "1.3"]),
        ("1. A\n\n1.1 One:\n\n1. first\n2. second\n\n1.2 Two.", ["1.1", "1.2"]),  # a list that counts for itself
        ("1. A\n\n1.1 One.\n\n12 May 2026\n\n1.2 Two.", ["1.1", "1.2"]),
    ],
)
def test_odd_numbers(written: str, expected: list[str]) -> None:
    found = read(written.encode())
    assert numbers(found) == expected
    assert not any("*" in each.whole for _, each in found.clauses())


def test_what_looks_numbered_and_does_not_fit_is_told() -> None:
    found = read(b"1. A\n\n1.1 One.\n\n7.3 Odd.\n\n1.2 Two.\n\n1.2 Again.")
    assert found.doubts == (
        "7.3 is out of order: kept as text of the clause before",
        "1.2 is out of order: taken as a clause",
    )
    assert "Odd." in clause(found, "1.1")
    assert found.twice() == ("1.2",)


# ── what is no policy ──────────────────────────────────────────────────────────────────────────────────────────────


def locked_pdf() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(KINDS["pdf"])))
    writer.encrypt("secret", algorithm="AES-256")
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def scan() -> bytes:
    return bytes(typst.compile(b"#rect(width: 90%, height: 90%)\n#pagebreak()\n#circle(radius: 3cm)"))


def archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in members.items():
            made.writestr(name, content)
    return out.getvalue()


HEAD = b'<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'

BAD = {
    "empty": (b"", "is empty"),
    "only space": (b" \n\t\r\n", "is empty"),
    "zeros": (b"\0" * 5000, "is empty"),
    "a locked pdf": (locked_pdf(), "locked with a password"),
    "a scan": (scan(), "it is a scan"),
    "half a pdf": (KINDS["pdf"][: len(KINDS["pdf"]) // 2], "cut off or damaged"),
    "a pdf in name only": (b"%PDF-1.7\nhello\n%%EOF", "cut off or damaged"),
    "half a word document": (KINDS["word"][: len(KINDS["word"]) // 2], "cut off or damaged"),
    "a zip of something": (archive({"holiday.txt": b"x"}), "zip file without a Word document"),
    "a workbook": (archive({"xl/workbook.xml": b"<x/>"}), "an Excel workbook"),
    "an odt": (archive({"content.xml": b"<x/>"}), "OpenDocument"),
    "no xml": (archive({"word/document.xml": b"1. A\n1.1 One."}), "cut off or damaged"),
    "entities": (archive({"word/document.xml": LAUGHS + HEAD + b"&b;</w:document>"}), "cut off or damaged"),
    "a bomb": (archive({"word/document.xml": HEAD + b" " * 60_000_000 + b"</w:document>"}), "unfolds to more"),
    "a bomb of nothing": (
        archive({"word/document.xml": HEAD + b"<w:p/>" * 3_000_000 + b"</w:document>"}),
        "unfolds to more",
    ),
    "many members": (archive({f"m{number}": b"" for number in range(2100)}), "unfolds to more"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old Office format"),
    "locked word": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "locked with a password",
    ),
    "rtf": (b"{\\rtf1 1. A 1.1 One.}", "rich text"),
    "a web page": (b"\xef\xbb\xbf<!DOCTYPE html><p>1.1 One.</p>", "a web page"),
    "a photo": (b"\xff\xd8\xff\xe0" + b"x" * 100, "a picture"),
    "a program": (b"MZ" + bytes(range(32)) * 200, "not one that Lanyard can read"),
    "no numbers": (b"Dear parents,\n\nplease be kind.\n", "No numbered clauses"),
    "a recipe": (b"Ingredients\n\n1. Flour\n2. Eggs\n3. Milk\n", "No numbered clauses"),
    "huge": (b"x" * 20_000_001, "larger than 20 MB"),
    "endless": (b"1.1 One.\n" * 60_000, "far longer than a policy"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_policy_is_told_plainly(name: str) -> None:
    content, told = BAD[name]
    with pytest.raises(BadFile, match=told):
        read(content)


def test_a_pdf_that_only_forbids_printing_is_read() -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(KINDS["pdf"])))
    writer.encrypt("", "owner", algorithm="AES-256")
    assert read(written(writer)).clause_count() == policies.CLAUSES


@given(st.data())
def test_any_damage_is_told_or_survived(data: st.DataObject) -> None:
    content = bytearray(KINDS[data.draw(st.sampled_from(["word", "pdf", "text"]))])
    for _ in range(data.draw(st.integers(1, 20))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = read(bytes(content[: data.draw(st.integers(1, len(content)))]))
    except BadFile:
        return
    assert found.clause_count() > 0


@given(st.text(max_size=2000))
def test_any_text_is_told_or_survived(written: str) -> None:
    try:
        found = read(("1. A\n\n1.1 One.\n\n" + written).encode("utf-8", "replace"))
    except BadFile:
        return
    assert numbers(found)[0] == "1.1" or found.doubts or len(numbers(found)) > 1


@given(st.integers(1, 12), st.integers(1, 30))
def test_every_clause_of_any_plain_policy_is_found_in_order(sections: int, clauses: int) -> None:
    made = [
        f"{s}. Part {s}\n\n" + "\n\n".join(f"{s}.{c}. Says {c}." for c in range(1, clauses + 1))
        for s in range(1, sections + 1)
    ]
    found = read("\n\n".join(made).encode())
    assert numbers(found) == [f"{s}.{c}" for s in range(1, sections + 1) for c in range(1, clauses + 1)]
    assert found.missing() == ()
    assert sorted(numbers(found), key=key) == numbers(found)
