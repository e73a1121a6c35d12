"""Settings, read once from the environment or one TOML file, typed, and refused at start when wrong."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from platformdirs import user_data_path

PREFIX = "COTERIE_"
MIN_SECRET_LENGTH = 32


class ConfigError(Exception):
    """One or more settings are wrong; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its field in `Config`, how its text is read, its default as text, and what it is for."""

    name: str
    read: Callable[[str], Any]
    default: str | None
    meaning: str
    secret: bool = False

    @property
    def variable(self) -> str:
        """The environment variable that holds it."""
        return PREFIX + self.name.upper()


def _text(value: str) -> str:
    return value.strip()


def _path(value: str) -> Path:
    return Path(value).expanduser()


def _flag(value: str) -> bool:
    try:
        return {
            "1": True,
            "true": True,
            "yes": True,
            "on": True,
            "0": False,
            "false": False,
            "no": False,
            "off": False,
        }[value.strip().lower()]
    except KeyError:
        raise ValueError("must be yes or no") from None


def _whole(least: int, most: int) -> Callable[[str], int]:
    def read(value: str) -> int:
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"must be a whole number from {least} to {most}") from None
        if not least <= number <= most:
            raise ValueError(f"must be from {least} to {most}")
        return number

    return read


def _database_url(value: str) -> str:
    """Accept sqlite and both spellings of PostgreSQL; PostgreSQL always goes through psycopg 3."""
    for old in ("postgresql+psycopg://", "postgresql://", "postgres://"):
        if value.startswith(old):
            return "postgresql+psycopg://" + value.removeprefix(old)
    if value.startswith("sqlite:///"):
        return value
    raise ValueError("must begin with sqlite:/// or postgresql://")


def _http_address(value: str) -> str:
    parts = urlsplit(value.strip())
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise ValueError("must be an http or https address such as https://circles.example.org")
    return value.strip().rstrip("/")


def _optional_http_address(value: str) -> str:
    return _http_address(value) if value.strip() else ""


def _long_secret(value: str) -> str:
    if value.strip() and len(value.strip()) < MIN_SECRET_LENGTH:
        raise ValueError(f"must have at least {MIN_SECRET_LENGTH} characters, or be empty")
    return value.strip()


def _one_of(*choices: str) -> Callable[[str], str]:
    def read(value: str) -> str:
        if value.strip().lower() not in choices:
            raise ValueError("must be one of " + ", ".join(choices))
        return value.strip().lower()

    return read


SETTINGS: tuple[Setting, ...] = (
    Setting("secret_key", _text, "", "Signs cookies and forms. At least 32 characters, kept secret.", secret=True),
    Setting("data_dir", _path, None, "Folder for the SQLite database, the job queue and stored files."),
    Setting("database_url", _database_url, None, "Where the data lives: sqlite:///… or postgresql://…"),
    Setting("base_url", _optional_http_address, "", "The address people use; mailed links begin with it."),
    Setting("host", _text, "127.0.0.1", "Address the web server listens on."),
    Setting("port", _whole(1, 65535), "8000", "Port the web server listens on."),
    Setting("web_threads", _whole(1, 64), "8", "Requests served at the same time by one web process."),
    Setting("workers", _whole(1, 32), "2", "Jobs done at the same time by one worker process."),
    Setting(
        "job_lease_seconds",
        _whole(2, 3600),
        "60",
        "After so long without a sign of life a job is given to another worker.",
    ),
    Setting("pdf_processes", _whole(1, 16), "2", "Processes that set PDF pages for one worker."),
    Setting("trusted_proxies", _whole(0, 5), "0", "How many reverse proxies in front set X-Forwarded headers."),
    Setting("mail_transport", _one_of("auto", "smtp", "outbox"), "auto", "auto: SMTP once it is set up, else outbox."),
    Setting("smtp_host", _text, "", "Mail server; empty: the one set on the organization's page."),
    Setting("smtp_port", _whole(1, 65535), "587", "Port of the mail server."),
    Setting("smtp_security", _one_of("starttls", "tls", "none"), "starttls", "How the connection is protected."),
    Setting("smtp_username", _text, "", "User name at the mail server."),
    Setting("smtp_password", _text, "", "Password at the mail server.", secret=True),
    Setting("mail_from", _text, "", "Sender and organizer of every mail and invite, for example circles@example.org."),
    Setting("imap_host", _text, "", "Mail server to read answers of calendars from; empty: no mailbox is read."),
    Setting("imap_port", _whole(1, 65535), "993", "Port of that server."),
    Setting("imap_security", _one_of("tls", "starttls", "none"), "tls", "How that connection is protected."),
    Setting("imap_username", _text, "", "User name of the mailbox of COTERIE_MAIL_FROM."),
    Setting("imap_password", _text, "", "Its password.", secret=True),
    Setting("imap_folder", _text, "INBOX", "The folder to read."),
    Setting("imap_done_folder", _text, "", "Where mails go once read; empty: they stay, marked as read."),
    Setting("lmtp_port", _whole(1, 65535), "8024", "Port of coterie inbound lmtp, on the loopback address."),
    Setting(
        "inbound_secret",
        _long_secret,
        "",
        "Signs requests that bring mails; empty: none are taken that way.",
        secret=True,
    ),
    Setting(
        "mail_authserv_id",
        _text,
        "",
        "Name your own mail server writes into Authentication-Results; empty: such headers are not believed.",
    ),
    Setting("mail_verify_dkim", _flag, "yes", "Whether Coterie checks DKIM signatures of answers itself."),
    Setting("room_base_url", _http_address, "https://meet.jit.si", "Base address of the random video rooms."),
    Setting("storage", _one_of("database", "folder"), "database", "Where uploads and finished PDFs are kept."),
    Setting("sign_in_days", _whole(1, 365), "30", "Days until a sign-in ends by itself."),
    Setting("log_level", _one_of("debug", "info", "warning", "error"), "info", "How much is logged."),
)


@dataclass(frozen=True, slots=True)
class Config:
    """Every setting, typed. Build it with `Config.load`, or directly in tests."""

    secret_key: str
    data_dir: Path
    database_url: str
    base_url: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    web_threads: int = 8
    workers: int = 2
    job_lease_seconds: int = 60
    pdf_processes: int = 2
    trusted_proxies: int = 0
    mail_transport: str = "auto"
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_username: str = ""
    smtp_password: str = ""
    mail_from: str = ""
    imap_host: str = ""
    imap_port: int = 993
    imap_security: str = "tls"
    imap_username: str = ""
    imap_password: str = ""
    imap_folder: str = "INBOX"
    imap_done_folder: str = ""
    lmtp_port: int = 8024
    inbound_secret: str = ""
    mail_authserv_id: str = ""
    mail_verify_dkim: bool = True
    room_base_url: str = "https://meet.jit.si"
    storage: str = "database"
    sign_in_days: int = 30
    log_level: str = "info"
    demonstration: bool = False
    testing: bool = False

    @property
    def public_url(self) -> str:
        """The address that mailed links begin with."""
        return self.base_url or f"http://{self.host}:{self.port}"

    @classmethod
    def load(cls, environment: Mapping[str, str], *, demonstration: bool = False) -> Config:
        """Read settings from the environment over the TOML file named by COTERIE_CONFIG.

        Raises ConfigError naming every setting that is wrong, missing or unknown.
        """
        problems: list[str] = []
        texts = _from_file(environment.get("COTERIE_CONFIG", ""), problems)
        texts.update({s.name: environment[s.variable] for s in SETTINGS if s.variable in environment})
        values: dict[str, Any] = {}
        for setting in SETTINGS:
            text = texts.get(setting.name, setting.default)
            if text is None:
                continue
            try:
                values[setting.name] = setting.read(text)
            except ValueError as error:
                problems.append(f"{setting.variable} {error}")
        data_dir = values.setdefault("data_dir", user_data_path("coterie", appauthor=False))
        name = "demonstration.db" if demonstration else "coterie.db"
        if demonstration:
            values["database_url"] = f"sqlite:///{data_dir / name}"
            values["mail_transport"] = "outbox"
            problems.extend(_demonstration_problems(values))
        values.setdefault("database_url", f"sqlite:///{data_dir / name}")
        if not demonstration and len(values.get("secret_key", "")) < MIN_SECRET_LENGTH:
            problems.append(
                f"{PREFIX}SECRET_KEY must have at least {MIN_SECRET_LENGTH} characters; "
                "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        if problems:
            raise ConfigError("\n".join(problems))
        return cls(demonstration=demonstration, **values)


def _from_file(path: str, problems: list[str]) -> dict[str, str]:
    if not path:
        return {}
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        problems.append(f"COTERIE_CONFIG {path} cannot be read: {error.strerror}")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"COTERIE_CONFIG {path}: {error}")
        return {}
    known = {setting.name for setting in SETTINGS}
    problems.extend(f"{path}: unknown setting {name}" for name in document if name not in known)
    return {
        name: ("yes" if value else "no") if isinstance(value, bool) else str(value)
        for name, value in document.items()
        if name in known
    }


def _demonstration_problems(values: Mapping[str, Any]) -> list[str]:
    """The demonstration signs people in by one click, so it must not be reachable from elsewhere."""
    if values.get("host") in {"127.0.0.1", "localhost", "::1"}:
        return []
    return [f"{PREFIX}HOST must be 127.0.0.1, localhost or ::1 for the demonstration, not {values.get('host')}"]
