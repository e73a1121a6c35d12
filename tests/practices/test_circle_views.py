"""What peers show each other, and the check-in of all changes at a session's end."""

from __future__ import annotations

from collections.abc import Callable

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from practices.models import CheckIn, Occasion, PracticeChange, Status, Witness
from tests.factories import practices as make
from tests.factories.practices import World

SignIn = Callable[[Person], FlaskClient]


def test_a_circle_is_read_by_its_members_only(
    session: Session, world: World, sign_in: SignIn, outsider: Person
) -> None:
    shown = make.change(session, world.amara, world.circle, shown=True)
    admin = make.accounts.person(session, name="Ada Admin", is_administrator=True)
    session.commit()
    address = f"/circles/{world.circle.id}"
    for reader in (outsider, world.lead, world.manager, admin):
        browser = sign_in(reader)
        for page in ("changes", "check-in"):
            assert browser.get(f"{address}/{page}").status_code == 404
        assert browser.post(f"{address}/check-in").status_code == 404
        assert browser.post(f"/changes/{shown.id}/seen", data={"line": "I spy"}).status_code == 404
    assert session.scalars(select(Witness)).all() == []


def test_a_peer_says_what_they_saw(session: Session, world: World, sign_in: SignIn) -> None:
    shown = make.change(session, world.amara, world.circle, shown=True)
    hidden = make.change(session, world.amara, world.circle, after="Mine alone.")
    session.commit()
    peer, member = sign_in(world.tomas), sign_in(world.amara)
    page = peer.get(f"/circles/{world.circle.id}/changes").text
    assert shown.after in page
    assert hidden.after not in page
    assert peer.post(f"/changes/{hidden.id}/seen", data={"line": "?"}).status_code == 404
    assert member.post(f"/changes/{shown.id}/seen", data={"line": "me too"}).status_code == 404
    peer.post(f"/changes/{shown.id}/seen", data={"line": "On Monday."})
    peer.post(f"/changes/{shown.id}/seen", data={"line": "On Monday and Tuesday."})
    peer.post(f"/changes/{shown.id}/seen", data={"line": "x" * 301})
    assert "“On Monday and Tuesday.”" in member.get(f"/changes/{shown.id}").text
    assert "Seen by Tomás" in member.get("/changes").text


def test_a_circle_without_anything_shown_says_what_to_do(world: World, sign_in: SignIn) -> None:
    page = sign_in(world.amara).get(f"/circles/{world.circle.id}/changes").text
    assert "Nothing shown yet" in page
    assert f"/changes/new?circle={world.circle.id}" in page


def test_one_form_takes_a_line_on_each_open_change(
    session: Session, world: World, sign_in: SignIn, travel: object
) -> None:
    first = make.change(session, world.amara, world.circle, after="First.")
    second = make.change(session, world.amara, world.circle, after="Second.")
    third = make.change(session, world.amara, world.circle, after="Third.")
    ended = make.change(session, world.amara, world.circle, after="Ended.")
    make.changes.let_go(session, ended, reason="", on=ended.begun_on, at=world.season.created_at)
    session.commit()
    meeting = world.season.sessions[4]
    travel.move_to(meeting.ends_at)  # type: ignore[attr-defined]
    browser, address = sign_in(world.amara), f"/circles/{world.circle.id}/check-in"
    page = browser.get(address).text
    assert "First." in page
    assert "Ended." not in page
    answer = browser.post(
        address,
        data={
            f"often-{first.id.hex}": "3",
            f"line-{first.id.hex}": "Went well",
            f"status-{second.id.hex}": "planned",
            f"line-{second.id.hex}": "Not yet, holidays",
            f"often-{ended.id.hex}": "4",
        },
    )
    assert answer.location == f"/circles/{world.circle.id}/this-week"
    today = meeting.starts_at.date()
    kept = session.scalars(select(CheckIn).where(CheckIn.on_date == today)).all()
    assert {entry.change_id: (entry.frequency, entry.line) for entry in kept} == {
        first.id: (3, "Went well"),
        second.id: (None, "Not yet, holidays"),
    }
    assert {(entry.occasion, entry.session_id) for entry in kept} == {(Occasion.SESSION, meeting.id)}
    browser.post(address, data={f"status-{third.id.hex}": "dropped", f"line-{third.id.hex}": "Not for me"})
    session.expire_all()
    gone = session.get_one(PracticeChange, third.id)
    assert (gone.status, gone.reason) == (Status.DROPPED, "Not for me")


def test_nothing_said_or_nonsense_is_refused_and_nothing_is_lost(
    session: Session, world: World, sign_in: SignIn
) -> None:
    first = make.change(session, world.amara, world.circle, after="First.")
    second = make.change(session, world.amara, world.circle, after="Second.")
    session.commit()
    before = len(session.scalars(select(CheckIn)).all())
    browser, address = sign_in(world.amara), f"/circles/{world.circle.id}/check-in"
    empty = browser.post(address, data={})
    assert empty.status_code == 422
    assert "Say something about at least one of them." in empty.text
    for wrong in ({f"often-{second.id.hex}": "9"}, {f"status-{second.id.hex}": "heroic"}):
        refused = browser.post(address, data={f"often-{first.id.hex}": "2", f"line-{first.id.hex}": "Kept?", **wrong})
        assert refused.status_code == 422
        assert "Choose from the list." in refused.text
        assert "Kept?" in refused.text
    long = browser.post(address, data={f"line-{first.id.hex}": "x" * 501})
    assert "Keep it under 500 characters." in long.text
    session.expire_all()
    assert len(session.scalars(select(CheckIn)).all()) == before


def test_the_week_page_leads_to_it(world: World, sign_in: SignIn) -> None:
    assert (
        f"/circles/{world.circle.id}/check-in" in sign_in(world.amara).get(f"/circles/{world.circle.id}/weeks/5").text
    )
