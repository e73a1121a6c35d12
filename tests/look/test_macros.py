"""The pieces as pages and PDFs get them: words, states, figures with titles, marks for assistive technology."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, Form, RadioField, SelectChoice, StringField
from wtforms.validators import InputRequired

from app import figures
from tools.gallery import PEOPLE, POLICY, WEEKS

Draw = Callable[..., str]
SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
PAGES = ("pieces", "home", "week", "availability", "board")


def svgs(html: str) -> list[ElementTree.Element]:
    """The figures in a page, parsed as strictly as a PDF maker parses them."""
    return [ElementTree.fromstring(text) for text in SVG.findall(html)]


class OneOfEach(Form):
    """A field of each kind that is drawn in its own way."""

    moment = StringField("When?", validators=[InputRequired("Write the moment.")], description="A moment of your day")
    rhythm = RadioField("How often?", choices=[SelectChoice("w", "Every week"), SelectChoice("f", "Every two weeks")])
    host = BooleanField("I am glad to host first")


@pytest.mark.parametrize("name", PAGES)
def test_every_figure_is_titled_or_hidden(gallery: Flask, name: str) -> None:
    found = svgs(gallery.test_client().get(f"/{name}").get_data(as_text=True))
    assert found
    for figure in found:
        if figure.get("role") == "img":
            assert figure.findtext("title") == figure.get("aria-label")
            assert (figure.findtext("title") or "").strip()
        else:
            assert figure.get("aria-hidden") == "true"


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_nothing_inline(gallery: Flask, name: str) -> None:
    response = gallery.test_client().get(f"/{name}")
    html = response.get_data(as_text=True)
    assert response.headers["Content-Security-Policy"] == POLICY
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", html)
    assert html.count("<h1") == 1


def test_the_ring_names_everyone_and_their_answer(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/people.html" import member_ring %}'
        '{{ member_ring(people, "Juniper", "Week 5 of 12", weeks) }}',
        people=PEOPLE, weeks=WEEKS,
    )  # fmt: skip
    (ring,) = svgs(html)
    assert ring.get("aria-label") == (
        "Juniper, Week 5 of 12: Amara Osei (coming), Tomás Rivera (coming), Linh Pham (coming), "
        "Jonas Weber (no answer yet), Priya Nair (coming)"
    )
    classes = [node.get("class") for node in ring.iter() if (node.get("class") or "").startswith("bead")]
    assert classes == ["bead bead-coming"] * 3 + ["bead bead-no_answer", "bead bead-coming"]
    dashed = [node for node in ring.iter("circle") if node.get("stroke-dasharray")]
    assert len(dashed) == 1


def test_names_are_escaped_in_titles(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/people.html" import member_ring %}{{ member_ring(people, "<b>", size=160) }}',
        people=[figures.RingMember('A "B" <script>', "AB")],
    )
    (ring,) = svgs(html)
    assert ring.get("aria-label") == '<b>: A "B" <script>'


def test_a_small_ring_keeps_its_title_without_words_inside(draw: Draw) -> None:
    html = draw('{% from "_macros/people.html" import member_ring %}{{ member_ring(p, "Juniper", size=64) }}', p=PEOPLE)
    (ring,) = svgs(html)
    assert list(ring.iter("text")) == []
    assert (ring.get("aria-label") or "").startswith("Juniper: Amara Osei")


def test_progress_says_what_was_held_and_missed(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/progress.html" import progress_ring %}'
        '{{ progress_ring(["held", "missed", "now", "ahead"], 3, name="Hazel") }}'
    )
    assert svgs(html)[0].get("aria-label") == "Hazel: 1 of 4 weeks held, 1 did not meet, one under way"


@pytest.mark.parametrize(
    ("points", "let_go", "title"),
    [
        ([], False, "No check-in yet"),
        ([(1, 2)], False, "How often: Sometimes at the start"),
        ([(1, 1), (4, 3)], False, "How often: from Rarely to Often"),
        ([(1, 1), (4, 0)], True, "How often: from Rarely to Not at all. Let go"),
    ],
)
def test_a_course_is_told_in_words(draw: Draw, points: list[tuple[int, int]], let_go: bool, title: str) -> None:
    html = draw(
        '{% from "_macros/course.html" import course %}{{ course(points, 12, let_go=let_go) }}',
        points=[figures.CoursePoint(*point) for point in points], let_go=let_go,
    )  # fmt: skip
    chart = svgs(html)[0]
    assert chart.get("aria-label") == title
    assert bool(re.search("course-bar", html)) == let_go


def test_the_large_course_has_a_table_of_its_figures(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/course.html" import course_large %}{{ course_large(points, [], ["24 Sep", "1 Oct"]) }}',
        points=[figures.CoursePoint(0, 1), figures.CoursePoint(7, 3)],
    )
    assert re.findall(r'<th scope="row">(.*?)</th><td>(.*?)</td>', html) == [("24 Sep", "Rarely"), ("1 Oct", "Often")]


def test_charts_carry_tables_and_hidden_rows_keep_their_reason(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/charts.html" import sessions_bars, figures_table %}'
        '{{ sessions_bars("Sessions held", [("1", 40, false), ("2", 14, true)], 40) }}'
        '{{ figures_table("By department", ["Department", "People", "Answered"],'
        ' [["Sales", 39, 33], ["Legal", "hidden"]]) }}'
    )
    assert re.findall(r'<th scope="row">(.)</th><td class="number">(\d+)</td>', html) == [("1", "40"), ("2", "14")]
    assert '<th scope="row">Legal</th><td colspan="2">hidden</td>' in html


def test_shares_of_nothing_are_no_division(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/charts.html" import stacked_bar %}{{ stacked_bar("Changes", [("In use", 0, "full")]) }}'
    )
    assert "In use, 0 (0 %)" in html


def test_a_wrong_field_is_described_by_its_hint_and_error(draw: Draw) -> None:
    form = OneOfEach(MultiDict())
    form.validate()
    html = draw('{% from "_macros/forms.html" import field %}{{ field(form.moment, seen_by="Only you") }}', form=form)
    assert 'aria-describedby="moment-hint moment-error"' in html
    assert 'aria-invalid="true"' in html
    assert re.search(r'id="moment-error"[^>]*><span class="field-problem">Write the moment\.</span>', html)
    assert re.search(r'<label class="field-label" for="moment">When\?', html)


def test_a_right_field_has_no_error_marks(draw: Draw) -> None:
    form = OneOfEach(MultiDict({"moment": "Noon", "rhythm": "w"}))
    assert form.validate()
    html = draw(
        '{% from "_macros/forms.html" import field, form_errors %}{{ field(form.moment) }}{{ form_errors(form) }}',
        form=form,
    )
    assert "aria-invalid" not in html
    assert "error" not in html


def test_choices_are_a_fieldset_and_booleans_a_tick_box(draw: Draw) -> None:
    html = draw('{% from "_macros/forms.html" import field %}{{ field(f.rhythm) }}{{ field(f.host) }}', f=OneOfEach())
    assert html.count('type="radio"') == 2
    assert "<legend" in html
    assert re.search(r'<label class="choice" for="host"><input class="tick"[^>]*type="checkbox"', html)


def test_the_list_of_mistakes_leads_to_the_fields(draw: Draw) -> None:
    form = OneOfEach(MultiDict())
    form.validate()
    html = draw('{% from "_macros/forms.html" import form_errors %}{{ form_errors(form) }}', form=form)
    assert '<a href="#moment">When?</a>: Write the moment.' in html
    assert "2 things to mend" in html


def test_the_chosen_answer_is_pressed_and_ticked(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/forms.html" import answer_buttons %}'
        '{{ answer_buttons("answer", "Will you be there?", [("yes", "Yes"), ("no", "No")], "yes", action="/a") }}'
    )
    assert re.findall(r'value="(yes|no)" aria-pressed="(true|false)">(<svg)?', html) == [
        ("yes", "true", "<svg"),
        ("no", "false", ""),
    ]
    assert 'name="csrf_token"' in html


def test_how_often_keeps_not_at_all_chosen(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/forms.html" import frequency_choice %}{{ frequency_choice("often", "How often?", 0) }}'
    )
    assert re.findall(r'value="(\d)" checked', html) == ["0"]


@pytest.mark.parametrize(
    ("audience", "circles", "words"), [("me", 1, "Only you"), ("circle", 2, "Your circle"), ("manager", 3, "Ingrid")]
)
def test_who_can_see_has_a_glyph_and_words(draw: Draw, audience: str, circles: int, words: str) -> None:
    html = draw(
        '{% from "_macros/pieces.html" import who_can_see %}'
        '{{ who_can_see(a, "Circle and Ingrid" if a == "manager" else none) }}',
        a=audience,
    )
    assert html.count("<circle") == circles
    assert words in html


def test_a_confirmation_posts_and_says_what_will_happen(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/pieces.html" import confirm_panel %}'
        '{{ confirm_panel("Publish", ["64 people get a mail."], "/go", "Publish", "/back", danger=true) }}'
    )
    assert '<form method="post" action="/go">' in html
    assert "<li>64 people get a mail.</li>" in html
    assert "csrf_token" in html
    assert "button clay" in html


def test_a_finished_job_asks_no_more(draw: Draw) -> None:
    line = (
        '{% from "_macros/pieces.html" import job_progress %}'
        '{{ job_progress(13, 13, "Done", "/poll", "/again", finished=f) }}'
    )
    assert 'hx-get="/poll"' in draw(line, f=False)
    assert "hx-" not in draw(line, f=True)


def test_pages_are_linked_only_where_there_are_some(draw: Draw) -> None:
    line = '{% from "_macros/navigation.html" import pagination %}{{ pagination(page, pages, url) }}'

    def shown(page: int, pages: int) -> list[str]:
        return re.findall(r'href="(.*?)"', draw(line, page=page, pages=pages, url=lambda number: f"?page={number}"))

    assert shown(1, 1) == []
    assert shown(1, 3) == ["?page=2"]
    assert shown(2, 3) == ["?page=1", "?page=3"]
    assert shown(3, 3) == ["?page=2"]


def test_the_hours_are_written_one_day_a_line(draw: Draw) -> None:
    html = draw(
        '{% from "_macros/availability.html" import availability_grid %}'
        '{{ availability_grid("Mon 09:00-12:00; Tue 10:00-11:00", "", can_errors=["Not a day."]) }}'
    )
    assert ">Mon 09:00-12:00;\nTue 10:00-11:00</textarea>" in html
    assert 'aria-describedby="can-hint can-error" aria-invalid="true"' in html


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "no such page"), (410, "no longer works"), (500, "broke on our side"), (422, "could not be done")],
)
def test_refusals_say_what_happened(draw: Draw, status: int, words: str) -> None:
    html = draw('{% include "errors/error.html" %}', status=status, message="Told by the caller.")
    assert words in html
    assert "Told by the caller." in html


def test_the_frame_varies_with_the_reader(draw: Draw) -> None:
    page = '{% extends "base.html" %}{% block title %}Home{% endblock %}'
    stranger = SimpleNamespace(is_authenticated=False)
    assert "Sign out" not in draw(page, current_user=stranger, nav=[])
    assert "What you write here belongs to you." in draw(page)
    lead = draw('{% extends "base.html" %}{% set footer_for = "lead" %}')
    assert "You see who meets and when." in lead
    own = draw(page, organization=SimpleNamespace(name="Fjord", logo_url="/logo"), direction="rtl", language="ar")
    assert '<html lang="ar" dir="rtl">' in own
    assert '<img src="/logo" alt="Fjord">' in own
    assert "<title>Home · Fjord</title>" in own


def test_flashed_notices_wear_their_category(gallery: Flask) -> None:
    from flask import flash, render_template_string

    with gallery.test_request_context():
        flash("Saved.", "done")
        flash("The file has no rows.", "attention")
        html = render_template_string('{% extends "base.html" %}')
    assert re.findall(r'class="notice notice-(\w+)"', html) == ["done", "attention"]


def test_every_word_of_the_pieces_goes_through_gettext() -> None:
    from tools.gallery import create_gallery

    app = create_gallery()
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda text: f"⟦{text}⟧", lambda one, many, number: f"⟦{one if number == 1 else many}⟧", newstyle=True
    )
    html = app.test_client().get("/availability").get_data(as_text=True)
    shown = re.sub(r"<script.*?</script>|<title>.*?</title>|<textarea.*?</textarea>", "", html, flags=re.DOTALL)
    words = {text.strip() for text in re.findall(r">([^<>]+)<", shown) if re.search(r"[A-Za-z]{3}", text)}
    own = {
        "Home",
        "This week",
        "My circle",
        "My changes",
        "Amara Osei",
        "Coterie",
        "When could you meet each week?",
        "Save and go on",
        "Back",
        "So far",
    }
    assert {text for text in words if "⟦" not in text} - own == {"Work in the open, autumn 2026 · step 3 of 4"}
