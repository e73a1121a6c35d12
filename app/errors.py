"""The one tree of errors that Coterie raises on purpose, and nothing else.

    DomainError                 409  a rule of the domain says no; the message says why
    ├── InvalidInput            422  a value cannot be used; names the field
    ├── NotFound                404  it does not exist, or not for this person
    ├── NotAllowed              403  seen, but this role may not do that
    ├── Expired                 410  a link or an offer that has ended
    ├── TooManyAttempts         429  throttled; says when to try again
    └── TooLarge                413  an upload over its limit

Messages are gettext message ids with %(name)s placeholders; `app.factory` translates them once, at the edge.
"""

from __future__ import annotations

from collections.abc import Callable


def N_(message: str) -> str:
    """Mark a message for extraction without translating it here."""
    return message


class DomainError(Exception):
    """A rule of the domain refuses; `message` is a gettext id, `params` fills its placeholders."""

    status = 409

    def __init__(self, message: str, /, **params: object) -> None:
        super().__init__(message % params if params else message)
        self.message = message
        self.params = params

    def render(self, gettext: Callable[[str], str]) -> str:
        """The message in the reader's language."""
        text = gettext(self.message)
        return text % self.params if self.params else text


class InvalidInput(DomainError):
    """A value that cannot be used; `field` names the form field it belongs to, if any."""

    status = 422

    def __init__(self, message: str, /, *, field: str | None = None, **params: object) -> None:
        super().__init__(message, **params)
        self.field = field


class NotFound(DomainError):
    """The thing does not exist, or not for the person who asks; the two are told apart by nobody."""

    status = 404

    def __init__(self, message: str = N_("There is nothing here for you."), /, **params: object) -> None:
        super().__init__(message, **params)


class NotAllowed(DomainError):
    """The person may see the thing but not do this to it."""

    status = 403


class Expired(DomainError):
    """A link or offer that has ended."""

    status = 410


class TooManyAttempts(DomainError):
    """Throttled; the message says when to try again."""

    status = 429


class TooLarge(DomainError):
    """An upload over its limit."""

    status = 413
