"""What a mail needs to know about the installation, as one value that services take."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.config import Config
from app.mail.transport import sender_address
from app.organization import organization


@dataclass(frozen=True, slots=True)
class Desk:
    """Who mails come from and where their links lead. `url` joins a path to the public address."""

    sender: str
    sender_name: str
    public_url: str
    secret_key: str
    room_base_url: str

    def url(self, path: str) -> str:
        """An absolute address for a path that begins with a slash."""
        return self.public_url.rstrip("/") + path


def desk_for(config: Config, session: Session) -> Desk:
    """The desk of an installation, from its settings and its organization row."""
    return Desk(
        sender=sender_address(config, session),
        sender_name=organization(session).name or "Coterie",
        public_url=config.public_url,
        secret_key=config.secret_key,
        room_base_url=config.room_base_url,
    )
