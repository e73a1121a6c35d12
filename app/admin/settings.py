"""What an administrator says about the organization, as one value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OrganizationSettings:
    """Name, zone, mail and retention; an empty `smtp_password` keeps the stored one."""

    name: str
    timezone: str
    mail_from: str
    smtp_host: str
    smtp_port: int
    smtp_security: str
    smtp_username: str
    smtp_password: str
    circle_text_months: int
    mail_body_days: int
