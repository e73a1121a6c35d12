"""Who sees what: the one table that queries, tests and the page "Who can see what" are made from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from app.errors import N_


class Reader(Enum):
    """In what relation someone stands to a piece of a member's data."""

    SELF = "self"
    PEER = "peer"
    COHORT = "cohort"
    MANAGER = "manager"
    LEAD = "lead"
    ADMINISTRATOR = "administrator"


class Sight(Enum):
    """How much a reader gets."""

    ALL = "all"
    COUNTED = "counted"
    APPROVED = "approved"
    EXISTS = "exists"
    NOTHING = "nothing"


class Matter(Enum):
    """The kinds of data that the table speaks of."""

    PRIVATE = "private"
    SHOWN_CHANGE = "shown_change"
    MANAGER_PAGE = "manager_page"
    SUPPORT_LINE = "support_line"
    CIRCLE_TEXT = "circle_text"
    AGREEMENT = "agreement"
    PRESENCE_BY_NAME = "presence_by_name"
    SESSION_NUMBERS = "session_numbers"
    PROFILE = "profile"
    EMAIL = "email"
    AVAILABILITY = "availability"
    HOUR_ASKED = "hour_asked"
    POLL_ANSWER = "poll_answer"
    CALENDAR_WORDS = "calendar_words"
    VISIT = "visit"
    ANSWERS = "answers"
    AVOID = "avoid"
    MAIL_TROUBLE = "mail_trouble"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table: what it is about in words, what each reader gets, and a remark where words are needed."""

    matter: Matter
    words: str
    sights: dict[Reader, Sight]
    remark: str = ""

    def sight(self, reader: Reader) -> Sight:
        """What a reader gets; nothing unless listed."""
        return self.sights.get(reader, Sight.NOTHING)


S, P, C, M, L, A = Reader.SELF, Reader.PEER, Reader.COHORT, Reader.MANAGER, Reader.LEAD, Reader.ADMINISTRATOR
ALL, COUNTED, APPROVED, EXISTS = Sight.ALL, Sight.COUNTED, Sight.APPROVED, Sight.EXISTS

TABLE: tuple[Rule, ...] = (
    Rule(Matter.PRIVATE, N_("Private notes, drafts, and practice changes that only you see"), {S: ALL}),
    Rule(
        Matter.SHOWN_CHANGE,
        N_("Practice changes you show your circle, and what peers saw"),
        {S: ALL, P: ALL, L: COUNTED},
        N_("Your program lead gets figures about five people or more, never your words."),
    ),
    Rule(
        Matter.MANAGER_PAGE,
        N_("A page you approved for your manager"),
        {S: ALL, M: APPROVED},
        N_("Your manager reads exactly the page you approved, until you withdraw it."),
    ),
    Rule(
        Matter.SUPPORT_LINE,
        N_("Your manager's line of support"),
        {S: ALL, M: ALL},
        N_("Only its writer and you read it."),
    ),
    Rule(
        Matter.CIRCLE_TEXT,
        N_("Circle notes and commitments"),
        {S: ALL, P: ALL},
        N_(
            "Peers are the people who were members when it was written. Who joins later sees nothing older. A guest of "
            "one session reads what is noted about it from the host's yes until a day after."
        ),
    ),
    Rule(
        Matter.AGREEMENT,
        N_("Your circle's agreement"),
        {S: ALL, P: ALL, L: EXISTS},
        N_("Your lead sees that there is one."),
    ),
    Rule(
        Matter.PRESENCE_BY_NAME,
        N_("Your answers to invites and whether you came"),
        {S: ALL, P: ALL, L: COUNTED},
        N_("Your lead sees numbers only."),
    ),
    Rule(
        Matter.CALENDAR_WORDS,
        N_("A line in your calendar's answer, or another time you propose"),
        {S: ALL, P: ALL},
        N_("Your circle reads the line. A proposed time is shown to those who can move the session."),
    ),
    Rule(
        Matter.VISIT,
        N_("That you ask to join another circle's session, or come to it"),
        {S: ALL},
        N_("The members of that circle see it and its host answers; your own circle and your lead do not see it."),
    ),
    Rule(Matter.SESSION_NUMBERS, N_("That a session was held, and how many came"), {S: ALL, P: ALL, L: ALL, A: ALL}),
    Rule(
        Matter.PROFILE,
        N_("Name, picture, department, place and time zone"),
        {S: ALL, P: ALL, C: ALL, M: ALL, L: ALL, A: ALL},
    ),
    Rule(
        Matter.EMAIL,
        N_("E-mail address"),
        {S: ALL, M: ALL, L: ALL, A: ALL},
        N_("Managers see their own reports' addresses."),
    ),
    Rule(
        Matter.AVAILABILITY,
        N_("The hours you could meet"),
        {S: ALL, L: ALL},
        N_("Other members see only the time your circle meets."),
    ),
    Rule(
        Matter.HOUR_ASKED,
        N_("A private question whether you can free an hour, and what you say"),
        {S: ALL},
        N_("Your circle learns how many people it depends on, not who. Your lead can see it from the hours."),
    ),
    Rule(
        Matter.POLL_ANSWER,
        N_("What you say about a time in a poll"),
        {S: ALL, P: COUNTED, L: COUNTED},
        N_("Your circle sees how many said what, and who has not answered yet."),
    ),
    Rule(
        Matter.ANSWERS,
        N_("Your other answers when you signed up, those to your cohort's own questions too"),
        {S: ALL, L: ALL},
    ),
    Rule(
        Matter.AVOID,
        N_("People you would rather not meet"),
        {S: ALL, L: COUNTED},
        N_("Your lead sees only how many such wishes there are."),
    ),
    Rule(
        Matter.MAIL_TROUBLE,
        N_("That mail to your address comes back"),
        {L: EXISTS, A: ALL},
        N_("Your lead sees that mail does not arrive, never what is in it."),
    ),
)

BY_MATTER: dict[Matter, Rule] = {rule.matter: rule for rule in TABLE}


def may_read(reader: Reader, matter: Matter) -> bool:
    """Whether a reader gets the text itself, not a figure about it."""
    return BY_MATTER[matter].sight(reader) is Sight.ALL
