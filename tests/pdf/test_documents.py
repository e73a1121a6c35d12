"""The three documents as set: structure, words, figures with their alternative texts, and hard cases."""

from __future__ import annotations

from collections import Counter

import pytest

from app.pdf import render
from practices import documents
from practices.cohort_report import CohortReport
from practices.documents import Document
from practices.summaries import MemberSummary
from tests.factories.summaries import APPROVAL, DEPARTMENTS, own_summary, page_for_manager, report_of
from tests.pdf.reading import Tag, font_names, open_pdf, tags, texts

pytestmark = pytest.mark.usefixtures("in_app")


def as_pdf(document: Document) -> bytes:
    return render(document.html, title=document.title, language=document.language)


def kinds(found: list[Tag]) -> Counter[str]:
    return Counter(tag.kind for tag in found)


def flat(data: bytes) -> str:
    return " ".join(" ".join(texts(data)).split())


def figures_speak(found: list[Tag]) -> list[str]:
    """The alternative texts of all figures; each has one."""
    alts = [tag.alt for tag in found if tag.kind == "Figure"]
    assert all(alts), alts
    return [alt for alt in alts if alt]


def test_the_managers_page_is_one_tagged_page_with_receipt_and_courses() -> None:
    data = as_pdf(documents.manager_page(page_for_manager(), APPROVAL))
    pages = texts(data)
    assert len(pages) == 1
    words = flat(data)
    for part in (
        "What Amara Osei chose to show you",
        "Amara has tried two changes in daily work since September, and asks for one thing.",
        "I show my draft when it is half done.",
        "When five minutes are left, I read the list aloud and ask if it is right.",
        "“The Tuesday call is ten minutes shorter now.”",
        "Rarely at the start",
        "Often now",
        "What would help",
        "Approved by Amara Osei on 14 October 2026, 17:40 in Lisbon. Receipt 7F3K-21.",
        "coterie.example.org/s/Kd82nqPzV4TmLx shows whether it still stands.",
        "It is not part of a performance review.",
        "Page 1 of 1",
    ):
        assert part in words
    found = tags(data)
    assert kinds(found)["H1"] == 1
    assert kinds(found)["H2"] == 4
    assert figures_speak(found) == [
        "How often: from Sometimes to Nearly always",
        "How often: from Rarely to Often",
        "Code that opens the page where you can answer",
    ]
    with open_pdf(data) as pdf:
        assert pdf.docinfo["/Title"] == "What Amara Osei chose to show you"
        assert "Receipt 7F3K-21" in str(pdf.docinfo["/Subject"])
    assert all(name.startswith(("inter-", "source-serif-4-")) for name in font_names(data))


def test_a_page_that_asks_for_nothing_says_so_by_leaving_it_out() -> None:
    words = flat(as_pdf(documents.manager_page(page_for_manager(1, would_help=""), APPROVAL)))
    assert "Amara has tried one change in daily work since September." in words
    assert "What would help" not in words


def test_twelve_changes_run_over_pages_without_a_change_cut_in_two() -> None:
    long_word = "Verordnungsdiskussionsgruppenleiterinnenstellvertretung" * 5
    page = page_for_manager(
        12, member_name="أمينة حسن", member_short_name="أمينة", manager_name="דנה לוי", would_help=long_word
    )
    data = as_pdf(documents.manager_page(page, APPROVAL))
    pages = texts(data)
    assert len(pages) == 4
    for text in pages:
        assert text.count("at the start") == text.count("To\n")
    assert long_word in "".join("".join(pages).split())
    assert any("noto-sans-arabic" in name for name in font_names(data))
    assert any("noto-sans-hebrew" in name for name in font_names(data))
    assert len(figures_speak(tags(data))) == 13


def test_markup_in_a_members_words_stays_words() -> None:
    hostile = '</p><img src="file:///etc/passwd"><style>*{display:none}</style>'
    document = documents.manager_page(page_for_manager(1, would_help=hostile, manager_name=hostile), APPROVAL)
    assert hostile not in document.html
    assert '<img src="file:///etc/passwd">' in flat(as_pdf(document))


def test_the_members_summary_holds_every_word_and_witness() -> None:
    data = as_pdf(documents.member_summary(own_summary()))
    words = flat(data)
    for part in (
        "What I changed in how I work",
        "Three of four meetings.",
        "Got in the way: what others may think of it",
        "Priya Nair",
        "“I saw this.”",
        "Why I let it go: “The support rota needs me to read mail all day.”",
        "Only you can see this.",
        "Coterie asks again on 2 January 2027, 1 February 2027, 3 March 2027.",
    ):
        assert part in words
    found = tags(data)
    assert kinds(found)["TH"] >= 12
    assert "Juniper: 3 of 12 weeks held, 1 did not meet, one under way" in figures_speak(found)


def test_a_member_without_changes_gets_a_page_that_says_what_to_do() -> None:
    summary = own_summary()
    empty = MemberSummary.from_document(
        summary.to_document() | {"content": summary.to_document()["content"] | {"changes": []}}
    )
    assert "No change recorded yet." in flat(as_pdf(documents.member_summary(empty)))


def test_the_report_shows_rows_and_says_why_others_are_hidden() -> None:
    data = as_pdf(documents.cohort_report(report_of(DEPARTMENTS)))
    pages = texts(data)
    first = " ".join(pages[0].split())
    for part in (
        "168 of 197 people answered, 85 %",
        "Operations 48 42",
        "Legal hidden, fewer than five people",
        "Facilities hidden, so that Legal cannot be worked out",
        "Data of 10 January 2027. No figure about fewer than five people.",
        f"Page 1 of {len(pages)}",
    ):
        assert part in first
    found = tags(data)
    assert kinds(found)["Table"] == 2
    assert kinds(found)["TH"] == 10 + 8 + 5
    alts = figures_speak(found)
    assert alts[0].startswith("What became of the changes: In use ")
    assert alts[1].startswith("How often, before and after. At the start: Not at all ")
    assert len(alts) == 42


def test_forty_departments_repeat_the_head_on_each_page() -> None:
    sizes = {f"Wydział {index} i sprawy pokrewne": (5 + index % 9, 5 + index % 7) for index in range(40)}
    pages = texts(as_pdf(documents.cohort_report(report_of(sizes))))
    with_rows = [text for text in pages if "Wydział" in text]
    assert len(with_rows) >= 2
    assert all("Department" in text and "In use or in part" in text for text in with_rows)
    assert sum(text.count("Wydział") for text in pages) == 40


def test_a_report_on_four_people_shows_no_figure_of_what_they_wrote() -> None:
    report = report_of({"Legal": (4, 4)}, circles=1)
    words = flat(as_pdf(documents.cohort_report(report)))
    assert "Fewer than five people have answered, so nothing of what members wrote is shown." in words
    assert "In use" not in words
    assert "4 of 4 people enrolled have a circle" in words


def test_a_stored_report_is_set_as_the_first_was() -> None:
    report = report_of(DEPARTMENTS, circles=2)
    again = CohortReport.from_json(report.to_json())
    assert as_pdf(documents.cohort_report(again)) == as_pdf(documents.cohort_report(report))
