"""An invented school's policy, as text, Word document and PDF: with everything that makes documents hard to read."""

import io
import textwrap
from collections.abc import Sequence
from typing import Any

import docx
import typst
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

# section, its paragraphs: "h:" a heading within, "*:" a bullet, "p:" a paragraph without a number, else a clause
SECTIONS: Sequence[tuple[str, Sequence[str]]] = (
    (
        "1. Why we have this policy",
        (
            "1.1. Elm Grove uses pictures & posts to show what children achieve, and keeps all safe while it does.",
            "1.2. It is read together with these documents:",
            "*: Bring Your Own Device Rules",
            "*: Camera & Film Guidance",
        ),
    ),
    (
        "2. Pictures of children",
        (
            "2.1. A picture of a child is taken only when a parent has said yes in writing, as section",
            "2.2. Children's surnames never stand beside a photo.",
            "2.3. Photos are taken with school cameras. A member of staff may use a mobile phone for the school's "
            "feed, if the picture leaves the phone at once and nobody else has seen it there before it was sent on to "
            "the office.",
            "2.4. Nobody photographs swimming lessons.",
            "2.4a. The same holds for changing rooms.",
            "2.5 Blurring is better than cutting a child out.",
            "2.6. A first aid picture is a medical record.",
            "2.7. The office keeps the list of answers.",
            "2.8. Teachers look into the list before every post.",
            "2.9. Films count as pictures.",
            "2.10. Live streams are not made.",
        ),
    ),
    (
        "3. Staff online",
        (
            "h: On the school's accounts",
            "3.1. Posts are kind & true.",
            "3.2. Passwords stay with the headteacher.",
            "h: On private accounts",
            "3.3. Staff do not befriend children or parents.",
            "3.4. Who is asked to befriend says so to the headteacher:",
            "*: on the same day;",
            "*: in writing, with the words that were used and the day on which it was, so that it can be looked into "
            "later by somebody who was not there.",
            "3.6. Staff never tweet about a class.",
        ),
    ),
    ("4. Looking at this again", ("4.1. The governors look at it every three years.", "p: Until then it holds.")),
)
CLAUSES = 19
MISSING = ("3.5",)
STATEMENT = "Elm Grove wants every child to be proud of what is shown of them, and safe wherever it is shown."
APPENDIX = ("Form for a lost camera", "Name:", "Date:")


def text(sections: Sequence[tuple[str, Sequence[str]]] = SECTIONS, *, width: int = 70) -> str:
    """The policy as a text whose lines are wrapped, with a cover, contents, page numbers and an appendix."""
    parts = ["Elm Grove School\n\nPictures Policy\n\nSigned by: the head\n\nContents:\n"]
    parts += [f"{heading}\n" for heading, _ in sections]
    parts += ["Appendices\n\n- a) Lost camera\n", "\nOur promise\n", wrapped(STATEMENT, width)]
    for number, (heading, paragraphs) in enumerate(sections):
        parts.append(f"\nPage {number + 2} of 9\n\n{heading}\n")
        for written in paragraphs:
            kind, _, rest = written.partition(": ")
            if kind == "h":
                parts.append(f"{rest}\n")
            elif kind == "*":
                parts.append(wrapped(f"- {rest}", width))
            elif kind == "p":
                parts.append(wrapped(rest, width))
            elif written.startswith("2.1."):
                parts.append(f"{written}\n2.9 and the form say.\n")  # a reference at the start of a wrapped line
            else:
                parts.append(wrapped(written, width))
    parts.append("\n".join(APPENDIX))
    return "\n".join(parts)


def wrapped(paragraph: str, width: int) -> str:
    return "\n".join(textwrap.wrap(paragraph, width)) + "\n"


def word(sections: Sequence[tuple[str, Sequence[str]]] = SECTIONS) -> bytes:
    """The same as a Word document with typed numbers."""
    document = docx.Document()
    document.add_heading("Pictures Policy", 0)
    document.sections[0].header.paragraphs[0].text = "Elm Grove School"
    document.add_paragraph("Contents")
    for heading, _ in sections:
        document.add_paragraph(f"{heading}\t3")
    document.add_heading("Our promise", 1)
    document.add_paragraph(STATEMENT)
    for heading, paragraphs in sections:
        document.add_heading(heading, 1)
        for written in paragraphs:
            _write(document, written)
    document.add_heading(APPENDIX[0], 1)
    table = document.add_table(1, 2)
    table.cell(0, 0).text = APPENDIX[1]
    return saved(document)


def _write(document: Any, written: str) -> None:
    kind, _, rest = written.partition(": ")
    if kind == "h":
        document.add_heading(rest, 2)
    elif kind == "*":
        document.add_paragraph(rest, style="List Bullet")
    else:
        document.add_paragraph(
            rest if kind == "p" else f"{written}\n2.9 say." if written.startswith("2.1.") else written
        )


def saved(document: Any) -> bytes:
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


LEVELS = """
<w:abstractNum {ns} w:abstractNumId="90"><w:multiLevelType w:val="multilevel"/>
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2."/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="(%3)"/></w:lvl>
</w:abstractNum>
"""


def automatic() -> bytes:
    """A Word document whose numbers are Word's own: none of them is in the text."""
    document = docx.Document()
    numbering = document.part.numbering_part.element
    first = numbering.find(".//{*}num")
    first.addprevious(parse_xml(LEVELS.format(ns=nsdecls("w"))))
    numbering.append(parse_xml(f'<w:num {nsdecls("w")} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))
    for level, words in (
        (0, "Pictures"),
        (1, "Ask first."),
        (1, "These are never taken:"),
        (2, "in the pool"),
        (2, "in the toilets"),
        (1, "Pictures are kept for a year."),
        (0, "Posts"),
        (1, "Posts are kind."),
    ):
        properties = document.add_paragraph(words)._p.get_or_add_pPr()
        properties.append(
            parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>')
        )
    return saved(document)


def pdf(sections: Sequence[tuple[str, Sequence[str]]] = SECTIONS) -> bytes:
    """The same as a PDF, with a line at the head and the page's number at the foot of every page."""
    lines = [
        "#set page(width: 12cm, height: 14cm, header: [Elm Grove School], "
        'footer: context [Page #counter(page).display("1 of 1", both: true)])',
        "#set text(size: 10pt)",
        "#show heading: set text(size: 13pt)",
        "= Pictures Policy",
        "#pagebreak()",
    ]
    lines += [f"#par[#{_quoted(f'{heading} ........ 3')}]" for heading, _ in sections]
    lines += ["= Our promise", f"#par[#{_quoted(STATEMENT)}]"]
    for heading, paragraphs in sections:
        lines.append(f"#heading[#{_quoted(heading)}]")
        for written in paragraphs:
            kind, _, rest = written.partition(": ")
            if kind == "h":
                lines.append(f"#par(strong[#{_quoted(rest)}])")
            elif kind == "*":
                lines.append(f"#list([#{_quoted(rest)}])")
            else:
                lines.append(f"#par[#{_quoted(rest if kind == 'p' else written)}]")
    lines.append(f"#heading[#{_quoted(APPENDIX[0])}]")
    return bytes(typst.compile("\n".join(lines).encode()))


def _quoted(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"') + '"'


def changed() -> Sequence[tuple[str, Sequence[str]]]:
    """The next version: a clause changed, one added so that those behind it have other numbers, one removed."""
    first, (heading, pictures), (staff_heading, staff), last = SECTIONS
    new = [
        clause.replace("2.2. Children's surnames never stand", "2.2. Children's names never stand")
        for clause in pictures[:9]
    ]
    new += ["2.8. Nobody uploads a picture of a child to a service that makes new pictures of it."]
    new += [pictures[8].replace("2.8", "2.9"), pictures[9].replace("2.9", "2.10"), pictures[10].replace("2.10", "2.11")]
    new.remove(pictures[8])
    return (first, (heading, new), (staff_heading, [each for each in staff if not each.startswith("3.6")]), last)
