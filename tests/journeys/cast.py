"""The people of the journeys and the files they are imported from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

ADMINISTRATOR = "ada@example.org"
LEAD = "lena.lind@example.org"
MIA = "mia.moreno@example.org"
TOM = "tom.turner@example.org"
NIA = "nia.novak@example.org"
#: A name is text too.
NAME_OF_NIA = 'Nia Novak <img src="x" onerror="alert(4)">'
MANAGER = "max.marsh@example.org"

#: The administrator's file: everyone with an account, the lead and Mia's manager too, and one row to mend.
PEOPLE = f"""email,name,timezone,department,location,level,manager_email
{LEAD},Lena Lind,Europe/Berlin,People,Berlin,senior,
{MANAGER},Max Marsh,Europe/London,Research,London,lead,
{MIA},Mia Moreno,Europe/Berlin,Research,Berlin,junior,{MANAGER}
{TOM},Tom Turner,Europe/Lisbon,Sales,Lisbon,senior,
ana.silva@example.org,Ana Silva,Europe/Lisbon,Sales,Lisbon,junior,
ben.okafor@example.org,Ben Okafor,Africa/Nairobi,Support,Nairobi,senior,
cleo.carter@example.org,Cleo Carter,America/New_York,Finance,New York,junior,
dina.dahl@example.org,Dina Dahl,Europe/Berlin,Finance,Berlin,senior,
eli.engel@example.org,Eli Engel,Europe/Berlin,Support,Berlin,junior,
fay.fox@example.org,Fay Fox,Europe/London,Legal,London,senior,
gus.grant@example.org,Gus Grant,America/New_York,Legal,New York,junior,
hana.hill@example.org,Hana Hill,Africa/Nairobi,Research,Nairobi,senior,
nowhere(at)example.org,No Where,Europe/Berlin,Legal,Berlin,junior,
"""

#: The lead's file: eight of them with their hours, so that they need not fill in the form.
COHORT = """email;name;available;preferred;languages;topics;facilitator
ana.silva@example.org;Ana Silva;"Mon 12:00-18:00; Tue 12:00-18:00; Wed 12:00-18:00";Tue 13:00-15:00;en;feedback;yes
ben.okafor@example.org;Ben Okafor;"Mon 15:00-21:00; Tue 15:00-21:00; Wed 15:00-21:00";;en;focus;no
cleo.carter@example.org;Cleo Carter;"Mon 07:00-13:00; Tue 07:00-13:00; Wed 07:00-13:00";Tue 08:00-10:00;en;focus;yes
dina.dahl@example.org;Dina Dahl;"Mon 13:00-19:00; Tue 13:00-19:00; Wed 13:00-19:00";;en;feedback;no
eli.engel@example.org;Eli Engel;"Mon 13:00-19:00; Tue 13:00-19:00; Wed 13:00-19:00";;en;feedback;no
fay.fox@example.org;Fay Fox;"Mon 12:00-18:00; Tue 12:00-18:00; Wed 12:00-18:00";;en;focus;no
gus.grant@example.org;Gus Grant;"Mon 07:00-13:00; Tue 07:00-13:00; Wed 07:00-13:00";;en;feedback;no
hana.hill@example.org;Hana Hill;"Mon 15:00-21:00; Tue 15:00-21:00; Wed 15:00-21:00";;en;focus;no
"""

MEMBERS = (
    MIA,
    TOM,
    NIA,
    *(line.partition(";")[0] for line in COHORT.splitlines()[1:]),
)


def first_week() -> date:
    """A Monday that comes after enrollment and far enough away for every zone."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=7 - today.weekday() if today.weekday() < 4 else 14 - today.weekday())


def first_day_to_enroll() -> date:
    """A day that has begun in every zone."""
    return datetime.now(UTC).date() - timedelta(days=1)


def last_day_to_enroll() -> date:
    """A day from today on, before the first week."""
    return datetime.now(UTC).date() + timedelta(days=1)
