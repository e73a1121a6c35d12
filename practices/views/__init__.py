"""Pages of practice changes, pages for managers, documents and reports; importing this hangs them on the blueprint."""

import practices.views.changes
import practices.views.circle
import practices.views.documents
import practices.views.managers
import practices.views.reports
import practices.views.shares
import practices.views.steps  # noqa: F401
