"""The whole path in one real installation: set up, enroll, match, publish, meet a page, change, show, report."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.journeys import cast, circle_life, hosting, joining, leading, setting_up, showing
from tests.journeys.browsers import DESK, PHONE, Visitor, browser, visitor
from tests.journeys.servers import Installation, Mailbox, installation, mail_server
from tests.journeys.steps import sign_in
from tests.scheduling.readers.reading import Reading

pytestmark = pytest.mark.journey
PEOPLE = len(cast.MEMBERS)


def test_from_an_empty_database_to_a_report(tmp_path: Path) -> None:
    with ExitStack() as stack:
        mailbox, smtp_port = stack.enter_context(mail_server())
        house = installation(tmp_path, smtp_port)
        stack.enter_context(house.running("run"))
        chrome = stack.enter_context(browser(tmp_path))
        house.wait_until_it_answers()
        set_up(visitor(chrome, house.url), house, mailbox)
        lena = visitor(chrome, house.url)
        sign_in(lena, mailbox, cast.LEAD)
        cohort = leading.cohort(lena)
        members = enroll(chrome, house, mailbox, lena, cohort)
        leading.match(lena, cohort, PEOPLE)
        leading.move_and_undo(lena, cohort)
        leading.publish(lena, cohort, PEOPLE)
        read = invited(mailbox, members)
        circle = [address for address in cast.MEMBERS if read[address][0].uid == read[cast.MIA][0].uid]
        peer_address = next(address for address in circle if address != cast.MIA)
        mia, peer = members[cast.MIA], members.get(peer_address) or visitor(chrome, house.url)
        if peer_address not in members:
            sign_in(peer, mailbox, peer_address)
        first_week(mia, peer, mailbox)
        show_manager(mia, visitor(chrome, house.url), mailbox)
        host_moves_and_skips(chrome, house, mailbox, circle, read[cast.MIA])
        assert circle_life.ACTION in showing.own_summary(mia)
        pdf = showing.words_in(leading.report(lena, cohort))
        assert "Fewer than five people have answered" in pdf
        assert circle_life.CHANGE not in pdf
        for window in {id(one): one for one in (*members.values(), lena, peer)}.values():
            window.close()


def set_up(ada: Visitor, house: Installation, mailbox: Mailbox) -> None:
    """The administrator's part."""
    setting_up.first_sign_in(ada, house)
    setting_up.first_run(ada, mailbox)
    setting_up.import_people(ada, house.folder)
    setting_up.program(ada)
    ada.close()


def enroll(chrome: Browser, house: Installation, mailbox: Mailbox, lena: Visitor, cohort: str) -> dict[str, Visitor]:
    """Eight people come from a file, three by the sign-up link; gives back the windows of the three."""
    leading.import_members(lena, cohort, house.folder)
    join_url = leading.join_link(lena, cohort)
    mia, nia = visitor(chrome, house.url, viewport=DESK), visitor(chrome, house.url, viewport=DESK)
    tom = visitor(chrome, house.url, viewport=PHONE)
    joining.mia(mia, mailbox, join_url)
    joining.tom(tom, mailbox, join_url)
    joining.nia(nia, mailbox, join_url)
    return {cast.MIA: mia, cast.TOM: tom, cast.NIA: nia}


def invited(mailbox: Mailbox, members: dict[str, Visitor]) -> dict[str, list[Reading]]:
    """Mails and pages say the same instants to everyone; gives back everyone's invites."""
    circle_life.welcomed(mailbox, cast.MEMBERS)
    read = circle_life.read_invites(mailbox, cast.MEMBERS)
    for address, zone in ((cast.MIA, "Europe/Berlin"), (cast.TOM, "Europe/Lisbon"), (cast.NIA, "Europe/London")):
        circle_life.sees_the_session(members[address], read[address], zone)
    for address in cast.MEMBERS:
        circle = [other for other in cast.MEMBERS if read[other][0].uid == read[address][0].uid]
        assert 4 <= len(circle) <= 6
        assert {read[other][0].starts_at for other in circle} == {read[address][0].starts_at}
    return read


def first_week(mia: Visitor, peer: Visitor, mailbox: Mailbox) -> None:
    """The first week's page, by Mia and someone else of her circle."""
    circle_life.answer_by_mail(mia, circle_life.invites(mailbox, cast.MIA)[0])
    circle_life.agree(mia)
    circle_life.say_in(peer)
    circle_life.write_on_the_week(mia)
    circle_life.finds_on_the_week(peer, "Mia Moreno")
    circle_life.show_to_circle(mia, circle_life.change(mia), peer)


def show_manager(mia: Visitor, manager: Visitor, mailbox: Mailbox) -> None:
    """A page for the manager, who has no account open anywhere, and its withdrawal."""
    page = showing.approve(mia)
    link = showing.read_and_answer(manager, mailbox, cast.MANAGER)
    showing.sees_the_answer(mia, mailbox, cast.MIA, page)
    showing.withdraw(mia, page)
    showing.finds_it_closed(manager, mailbox, cast.MANAGER, link)
    manager.close()


def host_moves_and_skips(
    chrome: Browser, house: Installation, mailbox: Mailbox, circle: list[str], meetings: list[Reading]
) -> None:
    """Whoever hosts moves the first session, then skips it; every calendar follows."""
    host = visitor(chrome, house.url)
    sign_in(host, mailbox, hosting.host_of(mailbox, circle))
    hosting.move(host, house, mailbox, circle, meetings[0])
    hosting.skip(host, house, mailbox, circle, meetings[0])
    host.close()
