"""Turns what leads and members type about programs, cohorts and circles into domain values."""

from circles.forms.cohorts import PART_WORDS, CohortForm
from circles.forms.steps import (
    AgreementForm,
    ConfirmForm,
    HelpForm,
    InviteForm,
    LeadForm,
    MessageForm,
    NameForm,
    PeopleFileForm,
    ProgramForm,
    SearchForm,
)

__all__ = [
    "PART_WORDS",
    "AgreementForm",
    "CohortForm",
    "ConfirmForm",
    "HelpForm",
    "InviteForm",
    "LeadForm",
    "MessageForm",
    "NameForm",
    "PeopleFileForm",
    "ProgramForm",
    "SearchForm",
]
