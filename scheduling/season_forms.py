"""What a host types about one session or the season: titles and rooms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectChoice, StringField
from wtforms.validators import Length

from scheduling.invites import MAX_SUMMARY
from scheduling.models import CircleSession
from scheduling.services.details import LONGEST_LINK

THIS, ALL = "this", "all"


class DetailsForm(FlaskForm):  # type: ignore[misc]
    """What a session is called, where it takes place, and whether that room is for this one only."""

    title = StringField(_l("Title"), validators=[Length(max=MAX_SUMMARY)])
    room = StringField(_l("Link of the room"), validators=[Length(max=LONGEST_LINK)])
    sessions = RadioField(
        _l("The room is for"),
        choices=[
            SelectChoice(THIS, _l("this session only")),
            SelectChoice(ALL, _l("this and all sessions to come")),
        ],
        default=THIS,
    )

    @classmethod
    def for_session(cls, meeting: CircleSession) -> DetailsForm:
        """The form holding what is so now."""
        return cls(title=meeting.title, room=meeting.room)
