"""Leaving a circle, and being away from it for a while."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app import clock
from app.auth import me
from app.errors import InvalidInput
from app.extensions import db
from circles.queries import membership_for
from circles.services.forming import set_away
from scheduling.forms import AwayForm, LeaveForm
from scheduling.services.membership import leave_circle
from scheduling.views.blueprint import back, bp, desk


@bp.route("/circles/<uuid:circle_id>/leave", methods=("GET", "POST"))
def leave(circle_id: UUID) -> ResponseReturnValue:
    """Leave a circle; the page says what happens before it is done."""
    membership = membership_for(db.session(), me(), circle_id)
    form = LeaveForm()
    if form.validate_on_submit():
        leave_circle(db.session(), membership, actor=me(), desk=desk(), at=clock.now())
        db.session.commit()
        flash(_("You have left the circle. Your own texts stay yours."))
        return redirect(url_for("pages.home"))
    return render_template("scheduling/leave.html", membership=membership, form=form)


@bp.route("/circles/<uuid:circle_id>/away", methods=("GET", "POST"))
def away(circle_id: UUID) -> ResponseReturnValue:
    """Be away until a day: still a member, stepped over by the rotation, not reminded."""
    membership = membership_for(db.session(), me(), circle_id)
    form = AwayForm(until=membership.away_until)
    if request.method == "POST" and "back" in request.form:
        set_away(db.session(), membership, None, today=clock.today(me().timezone))
        db.session.commit()
        flash(_("You are back."))
        return redirect(back())
    if form.validate_on_submit():
        try:
            set_away(db.session(), membership, form.until.data, today=clock.today(me().timezone))
        except InvalidInput as error:
            form.until.errors = [error.render(_)]
        else:
            db.session.commit()
            flash(_("Your circle sees that you are away. Duties pass you by until then."))
            return redirect(back())
    return render_template("scheduling/away.html", membership=membership, form=form)
