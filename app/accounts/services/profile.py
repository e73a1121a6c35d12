"""Changing one's own profile, picture and manager."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app import audit
from app.accounts import pictures, queries
from app.accounts.models import Person
from app.accounts.packages import Packages, tell_chosen
from app.accounts.profile import Profile
from app.accounts.services.addresses import read_address
from app.errors import N_, InvalidInput
from app.mail.desk import Desk
from app.storage import Storage


def change_profile(
    session: Session, person: Person, profile: Profile, packages: Packages, *, desk: Desk, at: datetime
) -> None:
    """Save a person's own profile; with another calendar choice their calendar follows.

    Raises InvalidInput for the manager's address.
    """
    chose_anew = person.calendar_choice is not profile.calendar_choice
    person.name = profile.name
    person.pronouns = profile.pronouns
    person.job_title = profile.job_title
    person.department = profile.department
    person.location = profile.location
    person.level = profile.level
    person.languages = list(profile.languages)
    person.bio = profile.bio
    person.timezone = profile.timezone
    person.locale = profile.locale
    person.calendar_choice = profile.calendar_choice
    set_manager(session, person, profile.manager, actor=person, at=at)
    person.updated_at = at
    session.flush()
    if chose_anew:
        tell_chosen(session, person, packages, desk=desk, at=at)


def set_manager(session: Session, person: Person, email: str, *, actor: Person, at: datetime) -> None:
    """Name a person's manager by address; an empty one means none. Raises InvalidInput.

    A manager without an account is kept by address and found when an account with it is made.
    """
    before = (person.manager_id, person.manager_email)
    if not email.strip():
        person.manager_id, person.manager_email = None, ""
    else:
        key = read_address(email, field="manager").lower()
        if key == person.email_key:
            raise InvalidInput(N_("A manager is somebody else."), field="manager")
        manager = queries.person_by_email(session, key)
        person.manager_id, person.manager_email = (manager.id, "") if manager else (None, key)
    if (person.manager_id, person.manager_email) != before:
        audit.record(session, "person.manager_changed", "person", person.id, actor_id=actor.id, at=at)


def change_picture(session: Session, storage: Storage, person: Person, content: bytes, *, at: datetime) -> None:
    """Replace a person's picture by a clean copy of an uploaded one. Raises InvalidInput, TooLarge."""
    picture = pictures.avatar(content)
    old = person.avatar_id
    file = storage.keep(
        session, picture.content, kind="avatar", name="avatar.jpg", content_type=picture.content_type, at=at
    )
    person.avatar_id, person.updated_at = file.id, at
    session.flush()
    if old is not None:
        storage.discard(session, old)


def remove_picture(session: Session, storage: Storage, person: Person, *, at: datetime) -> None:
    """Take a person's picture away; removing none is harmless."""
    old, person.avatar_id, person.updated_at = person.avatar_id, None, at
    session.flush()
    if old is not None:
        storage.discard(session, old)
