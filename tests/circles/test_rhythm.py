"""The weeks in which circles meet, and the span in which a weekly time must hold."""

from __future__ import annotations

from datetime import date

from circles.rhythm import Span, span_of, weeks_of


def test_weekly_and_fortnightly_from_any_day_of_the_first_week() -> None:
    weekly = weeks_of(date(2026, 9, 16), every=1, sessions=3)
    assert weekly == (date(2026, 9, 14), date(2026, 9, 21), date(2026, 9, 28))
    fortnightly = weeks_of(date(2026, 9, 20), every=2, sessions=3)
    assert fortnightly == (date(2026, 9, 14), date(2026, 9, 28), date(2026, 10, 12))
    assert span_of(weekly) == Span(date(2026, 9, 14), 3, 1)
    assert span_of(fortnightly) == Span(date(2026, 9, 14), 6, 2)


def test_chosen_days_stand_for_their_weeks_once() -> None:
    days = (date(2026, 10, 1), date(2026, 9, 14), date(2026, 9, 18))
    assert weeks_of(date(2020, 1, 1), every=1, sessions=99, chosen=days) == (date(2026, 9, 14), date(2026, 9, 28))


def test_uneven_weeks_count_as_every_week_between() -> None:
    weeks = (date(2026, 9, 14), date(2026, 9, 21), date(2026, 10, 12))
    assert span_of(weeks) == Span(date(2026, 9, 14), 5, 1)


def test_a_single_session_is_one_week() -> None:
    assert span_of((date(2026, 9, 14),)) == Span(date(2026, 9, 14), 1, 1)
