"""The address at which a mail provider hands over mails to the organizer, each request signed."""

from __future__ import annotations

from typing import cast

from flask import current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import IntegrityError

from app import clock
from app.config import Config
from app.errors import NotFound
from app.extensions import csrf, db
from app.mail.intake import was_sealed
from app.mail.reading import MAX_BYTES
from scheduling.inbound import signing
from scheduling.inbound.taking import take, verdicts_for
from scheduling.views.blueprint import bp

SOURCE = "webhook"
TIMESTAMP, SIGNATURE = "Coterie-Timestamp", "Coterie-Signature"


@bp.post("/inbound/mail")
def inbound_mail() -> ResponseReturnValue:
    """Take one mail, the whole of it as the body of a signed request; says what was made of it."""
    config = cast(Config, current_app.extensions["config"])
    if not config.inbound_secret:
        raise NotFound
    request.max_content_length = MAX_BYTES
    raw = request.get_data(cache=False)
    try:
        seal = signing.check(
            config.inbound_secret,
            request.headers.get(TIMESTAMP, ""),
            request.headers.get(SIGNATURE, ""),
            raw,
            at=clock.now(),
        )
    except signing.BadSignature as error:
        return jsonify(error=str(error)), 401
    # Before the first word to the database, since it asks the domain name system.
    verdicts = verdicts_for(raw, config)
    if was_sealed(db.session(), seal):
        return jsonify(error="this request was taken before"), 409
    try:
        code = take(db.session(), config, raw, source=SOURCE, verdicts=verdicts, at=clock.now(), seal=seal)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return jsonify(error="this request was taken before"), 409
    return jsonify(code=code)


# The caller is a mail server that has seen no page of ours; the signature over the body is what it shows.
csrf.exempt(inbound_mail)
