"""The form of one's mails."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectChoice

from app.accounts.models import Person
from app.accounts.services.mail_choices import Choices, choices_of


class MailsForm(FlaskForm):  # type: ignore[misc]
    """One choice for each kind of mail."""

    agenda = BooleanField(
        _l("What a session is about, some days before"),
        description=_l("Title, agenda, who hosts and what to bring. The first invite comes in any case."),
    )
    reminder = RadioField(
        _l("A reminder the day before"),
        choices=[
            SelectChoice("always", _l("Before every session")),
            SelectChoice("unless_coming", _l("Not when I have said yes")),
            SelectChoice("never", _l("Never")),
        ],
    )
    link = BooleanField(
        _l("The link to the room, an hour before"),
        description=_l("This one comes at night too, where your session is at night, and does not count."),
    )
    after = RadioField(
        _l("After a session"),
        description=_l("Two hours after the start: who was there, and where the notes are."),
        choices=[
            SelectChoice("hosting", _l("When I hosted")),
            SelectChoice("always", _l("After every session")),
            SelectChoice("never", _l("Never")),
        ],
    )
    check_in = BooleanField(
        _l("How your changes are going"),
        description=_l("At the end of a season and 30, 60 and 90 days later."),
    )
    poll = BooleanField(
        _l("Polls about your circle’s time"),
        description=_l("Without them you find polls on your circle’s page."),
    )
    digest = BooleanField(
        _l("One mail on Sundays instead of several"),
        description=_l(
            "For people in two or more circles, and for what did not fit into a week. Without it you find these things "
            "on your pages only."
        ),
    )

    @classmethod
    def of(cls, person: Person) -> MailsForm:
        """The form holding a person's present choices."""
        return cls(obj=choices_of(person))

    def choices(self) -> Choices:
        """What was chosen."""
        return Choices(
            agenda=self.agenda.data,
            reminder=self.reminder.data,
            link=self.link.data,
            after=self.after.data,
            check_in=self.check_in.data,
            poll=self.poll.data,
            digest=self.digest.data,
        )
