"""Every blueprint, in the order of the packages; importing this loads every table."""

from __future__ import annotations

from flask import Blueprint

import app.accounts.models
import app.audit
import app.jobs.models
import app.mail.incoming
import app.mail.models
import app.organization
import app.storage
import app.tokens
import circles.models
import guides.content.models
import guides.walk.guest_views
import guides.walk.live_views
import guides.walk.models
import guides.walk.opening_views
import guides.walk.publishing_views
import guides.walk.views
import practices.models
import practices.views
import scheduling.models.answers
import scheduling.models.guests
import scheduling.models.polls
import scheduling.models.reminders
import scheduling.models.replies
import scheduling.models.seasons
import scheduling.models.told
from app.accounts.views import bp as accounts_bp
from app.admin.views import bp as admin_bp
from app.pages import bp as pages_bp
from circles.views import bp as circles_bp
from guides.walk.blueprint import bp as guides_bp
from practices.blueprint import bp as practices_bp
from scheduling.views import bp as scheduling_bp

BLUEPRINTS: tuple[Blueprint, ...] = (
    accounts_bp,
    admin_bp,
    pages_bp,
    circles_bp,
    scheduling_bp,
    guides_bp,
    practices_bp,
)
#: Modules whose import hangs their views on a blueprint.
VIEWS = (
    guides.walk.views,
    guides.walk.live_views,
    guides.walk.guest_views,
    guides.walk.opening_views,
    guides.walk.publishing_views,
    practices.views,
)
#: Named here so that no table can be missing from the metadata.
MODELS = (
    app.storage,
    app.organization,
    app.tokens,
    app.audit,
    app.jobs.models,
    app.mail.models,
    app.mail.incoming,
    app.accounts.models,
    circles.models,
    scheduling.models.seasons,
    scheduling.models.answers,
    scheduling.models.told,
    scheduling.models.replies,
    scheduling.models.reminders,
    scheduling.models.polls,
    scheduling.models.guests,
    guides.content.models,
    guides.walk.models,
    practices.models,
)
