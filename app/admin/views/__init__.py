"""Pages of administration; importing this package gives the blueprint all its routes."""

from app.admin.views import addresses, health, mails, organization
from app.admin.views.blueprint import bp

__all__ = ["addresses", "bp", "health", "mails", "organization"]
