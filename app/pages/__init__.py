"""Home and the pages that mix packages: they only read; their forms post to the package that owns the change."""

from app.pages import about, circle, cohort, home
from app.pages.blueprint import bp

__all__ = ["about", "bp", "circle", "cohort", "home"]
