"""Sample summaries: the ones of ordinary size, and hard ones."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from practices.cohort_report import CircleRow, CohortReport, PersonRow, ReportedChange, cohort_report
from practices.course import CheckInRow, follow_ups
from practices.documents import Approval
from practices.summaries import (
    ChangeRow,
    ManagerPage,
    MemberSummary,
    WitnessLine,
    manager_page,
    member_change,
    member_summary,
)

SESSIONS = [date(2026, 9, 17) + timedelta(days=7 * week) for week in range(12)]
TODAY = date(2026, 10, 14)

MEETINGS = ChangeRow(
    key="meetings",
    before="I leave meetings unsure who does what.",
    after="I end every meeting with who does what by when.",
    cue="five minutes are left,",
    action="I read the list aloud and ask if it is right.",
    area="meetings",
    status="partly",
    resolve=5,
    confidence=4,
    begun_on=SESSIONS[0] + timedelta(days=7),
    baseline=2,
    check_ins=(
        CheckInRow(SESSIONS[2], 3, "Three of four meetings.", None, SESSIONS[2]),
        CheckInRow(SESSIONS[3], 4, "The Tuesday call is ten minutes shorter now.", "partly", SESSIONS[3]),
    ),
)
DRAFTS = ChangeRow(
    key="drafts",
    before="I show my work when it is polished, and too late to change.",
    after="I show my draft when it is half done.",
    cue="I have been on a document for two hours,",
    action="I send it to one colleague with one question.",
    area="sharing early",
    status="trying",
    resolve=5,
    confidence=3,
    begun_on=date(2026, 9, 24),
    baseline=1,
    check_ins=(
        CheckInRow(date(2026, 10, 1), 2, "Twice. The third time I wanted it to look better first."),
        CheckInRow(date(2026, 10, 14), 3, "Sent the supplier outline on Monday, one page, one question."),
    ),
    follow_ups=follow_ups(SESSIONS[-1]),
)
LET_GO = ChangeRow(
    key="mail",
    before="",
    after="I answer mail twice a day.",
    cue="",
    action="I close the mail program between ten and four.",
    area="focus",
    status="dropped",
    resolve=2,
    confidence=2,
    begun_on=SESSIONS[1],
    baseline=0,
    reason="The support rota needs me to read mail all day.",
    check_ins=(CheckInRow(SESSIONS[2], 1, "One day out of five."),),
)
APPROVAL = Approval(
    at=datetime(2026, 10, 14, 16, 40, tzinfo=UTC),
    timezone="Europe/Lisbon",
    receipt="7F3K-21",
    stands_url="https://coterie.example.org/s/Kd82nqPzV4TmLx",
    answer_url="https://coterie.example.org/a/9GfR2mWqXb7sYtZc5LhNdE",
)


def page_for_manager(changes: int = 2, **fields: str) -> ManagerPage:
    """A page of so many changes."""
    sentences = ("The Tuesday call is ten minutes shorter now.", "Two people improved the supplier list before.")
    chosen = [((MEETINGS, DRAFTS, LET_GO)[index % 3], sentences[index % 2]) for index in range(changes)]
    words = {
        "member_name": "Amara Osei",
        "member_short_name": "Amara",
        "manager_name": "Ingrid Solberg",
        "cohort_name": "Work in the open, autumn 2026",
        "would_help": "A quarter of an hour with you on Mondays, to show plans that are not ready yet.",
    } | fields
    return manager_page(chosen, sessions=SESSIONS, made_on=TODAY, **words)


def own_summary() -> MemberSummary:
    """A member's own summary with a witness, a change let go and barriers."""
    witnesses = [
        WitnessLine("Priya Nair", date(2026, 10, 13), "Amara sent me the outline on Monday. I could still change it."),
        WitnessLine("Jonas Weber", date(2026, 10, 8), ""),
    ]
    changes = [
        member_change(MEETINGS, sessions=SESSIONS, today=TODAY),
        member_change(
            DRAFTS,
            sessions=SESSIONS,
            today=TODAY,
            barriers={date(2026, 10, 1): ["what others may think of it"]},
            witnesses=witnesses,
        ),
        member_change(LET_GO, sessions=SESSIONS, today=TODAY),
    ]
    return member_summary(
        changes,
        member_name="Amara Osei",
        cohort_name="Work in the open, autumn 2026",
        circle_name="Juniper",
        weeks=["held", "held", "missed", "held", "now", *["ahead"] * 7],
        made_on=TODAY,
    )


def report_of(sizes: dict[str, tuple[int, int]], circles: int = 40) -> CohortReport:
    """A cohort by department: people enrolled and people who answered."""
    people, changes = [], []
    states = ("fully", "fully", "partly", "trying", "fully", "dropped", "partly", "planned")
    areas = ("meetings", "sharing early", "asking for help", "focus", "deciding")
    for department, (enrolled, answered) in sizes.items():
        for index in range(enrolled):
            key = f"{department}-{index}"
            people.append(PersonRow(key, department))
            number = len(people)
            changes += [
                ReportedChange(
                    person_key=key,
                    area=areas[(number + extra * 2) % len(areas)],
                    status=states[(number + extra) % len(states)],
                    start=(number * 7 + extra) % 4,
                    latest=min(4, (number * 7 + extra) % 4 + (number + extra) % 3) if index < answered else None,
                    awaits_answer=index >= answered,
                    witnessed=index < answered and number % 2 == 0,
                )
                for extra in range(1 + number % 2)
            ]
    names = ("Juniper", "Rowan", "Alder", "Hazel", "Willow", "Birch", "Maple", "Linden", "Cedar", "Aspen")
    rings = [
        CircleRow(
            f"{names[index % 10]}{'' if index < 10 else f' {index // 10 + 1}'}",
            4 + index % 3,
            tuple("missed" if (week + index) % 9 == 0 else "held" for week in range(12)),
            tuple(3 + (week + index) % 2 for week in range(11)),
        )
        for index in range(circles)
    ]
    made = cohort_report(
        people,
        changes,
        rings,
        program_name="Work in the open",
        cohort_name="Work in the open, autumn 2026",
        today=date(2027, 1, 10),
        last_session_on=date(2026, 12, 11),
    )
    return made.report


DEPARTMENTS = {
    "Operations": (48, 42),
    "Engineering": (44, 38),
    "Sales": (39, 33),
    "Finance": (27, 24),
    "People": (21, 17),
    "Legal": (6, 3),
    "Facilities": (12, 11),
}
