"""All that is held about a person here can be had, and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.storage import StoredFile
from practices.models import CheckIn, DocumentRequest, PracticeChange, Share, SupportLine, Witness
from practices.queries.export import export
from practices.services.erasing import erase
from tests.factories import practices as make
from tests.factories.practices import World
from tests.practices.conftest import NOW


def written(session: Session, world: World) -> Share:
    change = make.change(session, world.amara, world.circle, shown=True)
    make.check_in(session, change, 7, 2, line="Twice.")
    make.changes.say_seen(session, change, line="Saw it.", actor=world.tomas, at=NOW)
    peers = make.change(session, world.tomas, world.circle, shown=True, after="His.")
    make.changes.say_seen(session, peers, line="Hers about his.", actor=world.amara, at=NOW)
    share = make.share(session, world.amara, change)
    session.add(SupportLine(share_id=share.id, text="Gladly.", at=NOW))
    session.commit()
    return share


def test_an_export_holds_what_one_wrote_and_got(session: Session, world: World) -> None:
    share = written(session, world)
    text = json.dumps(export(session, world.amara))
    for part in ("I show my draft", "Twice.", "Saw it.", "Hers about his.", share.receipt, "Gladly."):
        assert part in text
    assert "support_given" in text
    assert "Gladly." in json.dumps(export(session, world.manager))
    assert "Twice." not in json.dumps([export(session, world.manager), export(session, world.lead)])


def test_erasing_leaves_nothing_of_theirs_and_the_peers_things_alone(
    session: Session, world: World, run_jobs: Callable[[], int]
) -> None:
    written(session, world)
    run_jobs()
    session.expire_all()
    erase(session, world.amara, at=NOW)
    session.commit()
    session.expire_all()
    assert session.scalars(select(PracticeChange.after)).all() == ["His."]
    assert session.scalars(select(Witness)).all() == []
    assert session.scalars(select(Share)).all() == []
    assert session.scalars(select(SupportLine)).all() == []
    assert session.scalars(select(DocumentRequest)).all() == []
    assert {entry.line for entry in session.scalars(select(CheckIn))} == {""}
    assert all(file.expires_at == NOW for file in session.scalars(select(StoredFile)))


def test_an_erased_manager_is_forgotten_as_a_reader(session: Session, world: World) -> None:
    share = written(session, world)
    erase(session, world.manager, at=NOW)
    session.commit()
    session.refresh(share)
    assert (share.audience_person_id, share.audience_name, share.audience_email) == (None, "—", "")
