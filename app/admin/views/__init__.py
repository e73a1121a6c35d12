"""Pages of administration; importing this package gives the blueprint all its routes."""

from app.admin.views import health, mails, organization
from app.admin.views.blueprint import bp

__all__ = ["bp", "health", "mails", "organization"]
