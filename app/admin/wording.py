"""What an action in the trail is called on its page."""

from __future__ import annotations

from collections.abc import Mapping

from app.errors import N_

ACTIONS: Mapping[str, str] = {
    "administrator.ended": N_("is no longer an administrator"),
    "administrator.made": N_("is an administrator now"),
    "circle.ended": N_("a circle ended"),
    "circle.formed": N_("a circle was formed"),
    "circle.joined": N_("someone joined a circle"),
    "circle.left": N_("someone left a circle"),
    "cohort.changed": N_("a cohort was changed"),
    "cohort.copied": N_("a cohort was copied"),
    "cohort.created": N_("a cohort was made"),
    "cohort.invited": N_("people were invited into a cohort"),
    "cohort.texts_forgotten": N_("texts of a finished cohort’s circles were erased"),
    "draft.undone": N_("a step of a match was undone"),
    "enrollment.withdrawn": N_("someone withdrew from a cohort"),
    "job.retried": N_("let a failed job run again"),
    "mail.retried": N_("let a failed mail be sent again"),
    "mail.taken_back": N_("took mails back before they left"),
    "organization.changed": N_("changed the organization’s settings"),
    "organization.set_up": N_("set the organization up"),
    "people.imported": N_("imported people"),
    "person.address_changed": N_("has another e-mail address"),
    "person.created": N_("an account was made"),
    "person.deactivated": N_("an account was deactivated"),
    "person.erased": N_("an account was erased"),
    "person.manager_changed": N_("has another manager"),
    "person.password_changed": N_("has another password"),
    "person.reactivated": N_("an account was reactivated"),
    "person.signed_in": N_("signed in"),
    "program.changed": N_("a program was changed"),
    "program.created": N_("a program was made"),
    "program.lead_added": N_("a lead was added to a program"),
    "program.lead_removed": N_("a lead was taken off a program"),
    "session.moved": N_("a session was moved"),
    "session.skipped": N_("a session was skipped"),
}
