"""Asking a peer whether they saw a change, by mail and on their home page."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.mail.compose import compose
from app.mail.desk import Desk
from app.mail.services import write
from practices.models import PracticeChange, Witness
from practices.queries.changes import peers_of
from practices.services.changes import ask_witness


def ask_peer(
    session: Session, change: PracticeChange, peer_id: UUID, *, actor: Person, desk: Desk, at: datetime
) -> Witness:
    """Ask one peer, with one mail the first time. Raises InvalidInput for strangers, DomainError when hidden."""
    peers = {peer.id: peer for peer in peers_of(session, change)}
    known = any(entry.person_id == peer_id for entry in change.witnesses)
    witness = ask_witness(session, change, peer_id, peers=set(peers), at=at)
    if not known:
        peer = peers[peer_id]
        words = compose(
            "practices/emails/seen_it",
            locale=peer.locale,
            person=peer,
            asker=actor,
            change=change,
            url=desk.url(f"/circles/{change.circle_id}/changes#change-{change.id}"),
        )
        write(session, words, kind="practices.seen_it", to=peer.email, name=peer.name, person_id=peer.id, at=at)
    return witness
