"""Reading seasons, sessions, answers and presence; loading and authorizing are one step."""

from scheduling.queries.access import member_session, member_session_by_id, season_of_circle
from scheduling.queries.people import active_members, away_on, roles_of
from scheduling.queries.upcoming import answers_of, attendance_of, next_host, next_session, present_at, sessions_of

__all__ = [
    "active_members",
    "answers_of",
    "attendance_of",
    "away_on",
    "member_session",
    "member_session_by_id",
    "next_host",
    "next_session",
    "present_at",
    "roles_of",
    "season_of_circle",
    "sessions_of",
]
