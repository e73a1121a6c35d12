"""Pages of practice changes, pages for managers, documents and reports; importing this hangs them on the blueprint."""

from practices.views import changes, circle, documents, managers, reports, shares, steps

__all__ = ["changes", "circle", "documents", "managers", "reports", "shares", "steps"]
