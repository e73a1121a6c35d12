"""The blueprint that the walk's views hang on."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("guides", __name__)
