"""Seasons, their sessions, who answered and came, what calendars were told, polls about times, and guests."""

from __future__ import annotations

from scheduling.models.answers import Answer, Attendance, Rsvp
from scheduling.models.guests import GuestState, SessionGuest
from scheduling.models.polls import HourAsk, PollKind, SlotOption, SlotPoll, SlotVote, Vote
from scheduling.models.reminders import SessionMails
from scheduling.models.replies import CalendarReply, ReplyKind, ReplyState, StandingYes
from scheduling.models.seasons import CircleSession, Season, SessionState, SlotChange
from scheduling.models.told import InviteSent

__all__ = [
    "Answer",
    "Attendance",
    "CalendarReply",
    "CircleSession",
    "GuestState",
    "HourAsk",
    "InviteSent",
    "PollKind",
    "ReplyKind",
    "ReplyState",
    "Rsvp",
    "Season",
    "SessionGuest",
    "SessionMails",
    "SessionState",
    "SlotChange",
    "SlotOption",
    "SlotPoll",
    "SlotVote",
    "StandingYes",
    "Vote",
]
