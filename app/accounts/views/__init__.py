"""Pages about accounts; importing this package gives the blueprint all its routes."""

from app.accounts.views import addresses, imports, mails, people, profile, security, sign_in
from app.accounts.views.blueprint import bp

__all__ = ["addresses", "bp", "imports", "mails", "people", "profile", "security", "sign_in"]
