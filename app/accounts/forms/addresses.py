"""A further address of one's own."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length


class OtherAddressForm(FlaskForm):  # type: ignore[misc]
    """An address to be proved by a link."""

    email = StringField(
        _l("Further address"),
        validators=[InputRequired(_l("Write an e-mail address.")), Length(max=254)],
        render_kw={"type": "email", "autocomplete": "email", "inputmode": "email"},
    )
