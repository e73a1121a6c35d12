"""A lead matches sixty people on a real installation, loses the worker meanwhile, publishes, and mends circles."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys import cast, matching_live, setting_up
from tests.journeys.browsers import Visitor, browser, visitor
from tests.journeys.matching_people import address
from tests.journeys.servers import Installation, Mailbox, installation, mail_server, stop
from tests.journeys.steps import sign_in

pytestmark = pytest.mark.journey


def test_a_match_is_watched_interrupted_published_and_mended(tmp_path: Path) -> None:
    with ExitStack() as stack:
        mailbox, smtp_port = stack.enter_context(mail_server())
        house = installation(tmp_path, smtp_port, job_lease_seconds="4")
        stack.enter_context(house.running("run", "--no-worker"))
        chrome = stack.enter_context(browser(tmp_path))
        house.wait_until_it_answers()
        workers = [house.start("worker")]
        stack.callback(lambda: stop(workers[-1], signal.SIGKILL))
        set_up(visitor(chrome, house.url), house, mailbox)
        lena = visitor(chrome, house.url)
        sign_in(lena, mailbox, cast.LEAD)
        other = visitor(chrome, house.url, storage_state=lena.context.storage_state())
        path = matching_live.cohort(lena)
        matching_live.people(lena, path, tmp_path)
        matching_live.contradictions(lena, path)
        member = visitor(chrome, house.url)
        sign_in(member, mailbox, address("Ada Acker"))
        search = matching_live.begin(lena)
        lena.go(path)
        stop(workers[-1], signal.SIGKILL)
        lena.go(search)
        before, far = matching_live.score(lena), matching_live.share(lena)
        workers.append(house.start("worker"))
        matching_live.goes_on(lena, far)
        # The seating is kept every few seconds, so what was gained since then may have to be found again.
        assert matching_live.score(lena) >= before - 2, "the best found is not lost with the worker"
        matching_live.use(lena)
        matching_live.for_the_best_total(lena, path)
        matching_live.follow_advice(lena, path)
        address_of_costs = matching_live.begin_costs(lena, path)
        matching_live.two_at_once(lena, other, path)
        matching_live.publish(lena, path)
        mend(lena, member, path, tmp_path)
        matching_live.costs(lena, address_of_costs)
        for window in (lena, other):
            window.close()


def set_up(ada: Visitor, house: Installation, mailbox: Mailbox) -> None:
    """The administrator's part."""
    setting_up.first_sign_in(ada, house)
    setting_up.first_run(ada, mailbox)
    setting_up.import_people(ada, house.folder)
    setting_up.program(ada)
    ada.close()


def mend(lena: Visitor, member: Visitor, path: str, folder: Path) -> None:
    """Someone leaves, someone comes late; each time circles are shown before and after."""
    member.go("/")
    circle = matching_live.someone_leaves(member)
    member.close()
    matching_live.nothing_mends(lena, path, circle)
    matching_live.someone_comes_late(lena, path, folder)
    matching_live.mend_small(lena, path, circle)
