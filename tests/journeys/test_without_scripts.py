"""The core path with scripts switched off in every window: forms, links and pages are enough."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys import cast, circle_life, joining, leading, setting_up, showing
from tests.journeys.browsers import PHONE, Visitor, browser, visitor
from tests.journeys.servers import Mailbox, installation, mail_server
from tests.journeys.steps import link_in

pytestmark = pytest.mark.journey
PEOPLE = 9


def test_the_core_path_needs_no_scripts(tmp_path: Path) -> None:
    with ExitStack() as stack:
        mailbox, smtp_port = stack.enter_context(mail_server())
        house = installation(tmp_path, smtp_port)
        stack.enter_context(house.running("run"))
        chrome = stack.enter_context(browser(tmp_path))
        house.wait_until_it_answers()
        people = tmp_path / "people.csv"
        people.write_text("\n".join(cast.PEOPLE.splitlines()[:-1]), encoding="utf-8")
        house.run("import", str(people))
        ada = visitor(chrome, house.url, scripts=False)
        ada.go(link_in(house.run("admin", "create", cast.ADMINISTRATOR), "/sign-in/"))
        ada.click("Sign in")
        setting_up.first_run(ada, mailbox)
        setting_up.program(ada)
        cohort = leading.cohort(ada)
        leading.import_members(ada, cohort, tmp_path)
        mia = visitor(chrome, house.url, scripts=False, viewport=PHONE)
        enroll(mia, mailbox, leading.join_link(ada, cohort))
        leading.match(ada, cohort, PEOPLE)
        leading.move_and_undo(ada, cohort)
        leading.publish(ada, cohort, PEOPLE)
        mailbox.wait_until(lambda: len(circle_life.invites(mailbox, cast.MIA)) == 2, "two invites")
        first_week(mia, mailbox)
        page = showing.approve(mia)
        manager = visitor(chrome, house.url, scripts=False)
        link = showing.read_and_answer(manager, mailbox, cast.MANAGER)
        showing.sees_the_answer(mia, mailbox, cast.MIA, page)
        showing.withdraw(mia, page)
        showing.finds_it_closed(manager, mailbox, cast.MANAGER, link)
        assert circle_life.CHANGE in showing.own_summary(mia)
        for window in (ada, mia, manager):
            window.close()


def enroll(mia: Visitor, mailbox: Mailbox, join_url: str) -> None:
    """The form of four pages; hours are two lists."""
    joining.with_account(mia, mailbox, cast.MIA, join_url)
    joining.first_pages(mia, "Drafts that nobody sees until it is too late.", "feedback")
    joining.write_hours(mia, "Mon 13:00-19:00; Tue 13:00-19:00; Wed 13:00-19:00", "Tue 14:00-16:00")
    joining.last_page(mia)


def first_week(mia: Visitor, mailbox: Mailbox) -> None:
    """Answer from the mail, agree, write, and begin a change."""
    read = circle_life.read_invites(mailbox, [cast.MIA])
    circle_life.sees_the_session(mia, read[cast.MIA], "Europe/Berlin")
    circle_life.answer_by_mail(mia, circle_life.invites(mailbox, cast.MIA)[0])
    circle_life.agree(mia)
    circle_life.write_on_the_week(mia)
    circle_life.change(mia)
