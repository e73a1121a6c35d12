"""Turns what leads and members type about programs, cohorts and circles into domain values."""

from circles.forms.attributes import treated_words
from circles.forms.cohorts import CohortForm
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
    "treated_words",
]
