"""A member's pages for a manager: choose, look at the page, approve, see who read it, take it back."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import DomainError, InvalidInput
from practices.blueprint import bp, desk, session, storage
from practices.forms import EmptyForm
from practices.models import PracticeChange, Status
from practices.queries.changes import changes_of
from practices.queries.shares import own_share, own_shares
from practices.services import shares as services
from practices.services.pages import Audience, Chosen, audience, make_page, manager_of
from practices.summaries import ManagerPage
from practices.views.page import page_html


@dataclass(frozen=True, slots=True)
class Draft:
    """What a member chose so far; it travels with the forms and is stored nowhere before it is approved."""

    chosen: tuple[Chosen, ...]
    would_help: str
    name: str
    email: str

    @property
    def sentences(self) -> dict[UUID, str]:
        """The sentence for each chosen change."""
        return {entry.change.id: entry.sentence for entry in self.chosen}

    def fields(self) -> dict[str, str]:
        """The draft as fields of a form."""
        kept = {"would_help": self.would_help, "name": self.name, "email": self.email}
        for entry in self.chosen:
            kept[f"on-{entry.change.id.hex}"] = "1"
            kept[f"say-{entry.change.id.hex}"] = entry.sentence
        return kept


def _draft(changes: list[PracticeChange]) -> Draft:
    form = request.form
    chosen = [
        Chosen(change, " ".join(form.get(f"say-{change.id.hex}", "").split()))
        for change in changes
        if form.get(f"on-{change.id.hex}")
    ]
    return Draft(
        tuple(chosen),
        " ".join(form.get("would_help", "").split()),
        form.get("name", "").strip(),
        form.get("email", "").strip(),
    )


def _candidates() -> list[PracticeChange]:
    return [change for change in changes_of(session(), me().id) if change.status is not Status.REPLACED]


@bp.route("/changes/share", methods=("GET", "POST"))
def share() -> ResponseReturnValue:
    """Choose what stands on the page: changes, one sentence for each, what would help, and for whom it is."""
    changes = _candidates()
    draft = _draft(changes)
    asked = request.args.get("change", type=UUID)
    return _choose(changes, draft, None, ticked=set(draft.sentences) or ({asked} if asked else set()))


def _choose(
    changes: list[PracticeChange], draft: Draft, problem: InvalidInput | None, *, ticked: set[UUID]
) -> ResponseReturnValue:
    page = render_template(
        "practices/share_choose.html",
        changes=changes,
        draft=draft,
        ticked=ticked,
        manager=manager_of(session(), me()),
        manager_email=me().manager_email,
        problem=problem.render(_) if problem else "",
        problem_field=problem.field if problem else "",
        first=not own_shares(session(), me()),
    )
    return page, 422 if problem else 200


@bp.post("/changes/share/look")
def look_at_page() -> ResponseReturnValue:
    """Look at the exact page before anybody else does."""
    changes = _candidates()
    draft = _draft(changes)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("practices.share"))
    try:
        to, page = _made(draft)
    except InvalidInput as error:
        return _choose(changes, draft, error, ticked=set(draft.sentences))
    return _look(changes, draft, to, page)


def _made(draft: Draft) -> tuple[Audience, ManagerPage]:
    to = audience(session(), me(), draft.name, draft.email)
    today = clock.today(me().timezone)
    return to, make_page(session(), me(), draft.chosen, to, would_help=draft.would_help, today=today)


def _look(
    changes: list[PracticeChange], draft: Draft, to: Audience, page: ManagerPage, *, moved: bool = False
) -> ResponseReturnValue:
    earlier = [row for row in own_shares(session(), me()) if row.withdrawn_at is None]
    return render_template(
        "practices/share_look.html",
        draft=draft,
        to=to,
        page=page,
        sheet=page_html(page, None),
        others=len(changes) - len(draft.chosen),
        earlier=[row for row in earlier if row.audience_email_key == to.email.lower()],
        moved=moved,
    )


@bp.post("/changes/share/approve")
def approve() -> ResponseReturnValue:
    """Approve exactly the page that was looked at; if it is another one by now, look again."""
    changes = _candidates()
    draft = _draft(changes)
    if not EmptyForm().validate_on_submit():
        return redirect(url_for("practices.share"))
    try:
        to, page = _made(draft)
    except InvalidInput as error:
        return _choose(changes, draft, error, ticked=set(draft.sentences))
    if request.form.get("sha256") != page.sha256:
        return _look(changes, draft, to, page, moved=True)
    try:
        made = services.approve(
            session(),
            page,
            [entry.change for entry in draft.chosen],
            to,
            actor=me(),
            desk=desk(),
            at=clock.now(),
        )
    except DomainError as error:
        session().rollback()
        flash(error.render(_), "attention")
        return redirect(url_for("practices.my_shares"))
    session().commit()
    flash(
        _(
            "Approved, and one mail to %(name)s is on its way. Your receipt: %(receipt)s.",
            name=to.name,
            receipt=made.receipt,
        )
    )
    return redirect(url_for("practices.my_share", share_id=made.id))


@bp.get("/shares")
def my_shares() -> ResponseReturnValue:
    """Every page I approved, newest first."""
    return render_template("practices/my_shares.html", shares=own_shares(session(), me()))


@bp.get("/shares/<uuid:share_id>")
def my_share(share_id: UUID) -> ResponseReturnValue:
    """One page I approved, as it is read, with who opened it and what came back."""
    found = own_share(session(), me(), share_id)
    page = ManagerPage.from_json(found.snapshot) if found.snapshot else None
    return render_template(
        "practices/my_share.html",
        share=found,
        page=page,
        sheet=page_html(page, found, links=services.links(found, desk())) if page else "",
        links=services.links(found, desk()),
    )


@bp.route("/shares/<uuid:share_id>/withdraw", methods=("GET", "POST"))
def withdraw(share_id: UUID) -> ResponseReturnValue:
    """Take a page back: what will happen, and doing it."""
    found = own_share(session(), me(), share_id)
    if found.withdrawn_at is not None:
        return redirect(url_for("practices.my_share", share_id=share_id))
    if EmptyForm().validate_on_submit():
        name = found.audience_name
        told = services.withdraw(session(), storage(), found, actor=me(), desk=desk(), at=clock.now())
        session().commit()
        flash(
            _("The page is closed. %(name)s gets one line saying so.", name=name)
            if told
            else _("The page is closed. Its mail had not left yet, so nobody is told.")
        )
        return redirect(url_for("practices.my_share", share_id=share_id))
    return render_template("practices/withdraw.html", share=found)
