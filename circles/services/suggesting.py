"""What a draft's board suggests for one circle: the best moves, from the circles around it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Person
from circles.matching import met_pairs
from circles.models import Cohort, DraftCircle, MatchDraft
from circles.queries import drafts
from circles.services.matchable import candidates_of, pairs_met, rules_of
from circles.suggestions import Group, Suggestion, suggest

#: Circles looked at around one.
AROUND = 30


@dataclass(frozen=True, slots=True)
class Advice:
    """One suggestion with the person by their enrollment's id and by name."""

    enrollment: str
    name: str
    move: Suggestion


def advise(session: Session, cohort: Cohort, draft: MatchDraft, name: str) -> tuple[Advice, ...]:
    """The best moves for one circle of a draft. Raises DomainError when there is no such circle."""
    circle = drafts.circle_named(session, draft, name)
    around = drafts.circles_around(session, draft, circle.id, AROUND)
    ids = [key for row in (circle, *around) for key in row.members]
    loaded = dict(candidates_of(session, cohort, ids))
    keys = {one.key: key for key, one in loaded.items()}
    among = select(Person.id).where(Person.email_key.in_(list(keys)))
    met = met_pairs(pairs_met(session, among))

    def group(row: DraftCircle) -> Group:
        return Group(row.name, [loaded[key] for key in row.members if key in loaded], row.score, row.locked)

    concerned = {loaded[key].key for remark in circle.entry["remarks"] for key in remark["people"] if key in loaded}
    found = suggest(group(circle), [group(row) for row in around], rules_of(cohort), met, concerned=concerned)
    return tuple(Advice(keys[one.person], loaded[keys[one.person]].name, one) for one in found)
