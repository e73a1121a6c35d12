from __future__ import annotations

from pathlib import Path

import pytest

from app.config import SETTINGS, Config, ConfigError

SECRET = "a secret of more than thirty-two characters"


def load(tmp_path: Path, **given: str) -> Config:
    """Settings from variables without their prefix."""
    environment = {"COTERIE_SECRET_KEY": SECRET, "COTERIE_DATA_DIR": str(tmp_path)}
    return Config.load(environment | {f"COTERIE_{name.upper()}": value for name, value in given.items()})


def test_a_secret_is_enough(tmp_path: Path) -> None:
    config = load(tmp_path)
    assert config.database_url == f"sqlite:///{tmp_path / 'coterie.db'}"
    assert config.public_url == "http://127.0.0.1:8000"
    assert not config.demonstration


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("port", "0", "must be from 1 to 65535"),
        ("port", "http", "must be a whole number from 1 to 65535"),
        ("web_threads", "9000", "must be from 1 to 64"),
        ("database_url", "mysql://x", "must begin with sqlite:/// or postgresql://"),
        ("base_url", "circles.example.org", "must be an http or https address"),
        ("base_url", "https://circles.example.org/?next=1", "must be an http or https address"),
        ("mail_transport", "pigeon", "must be one of auto, smtp, outbox"),
        ("smtp_security", "ssl3", "must be one of starttls, tls, none"),
        ("storage", "cloud", "must be one of database, folder"),
        ("secret_key", "short", "must have at least 32 characters"),
        ("imap_security", "ssl3", "must be one of tls, starttls, none"),
        ("inbound_secret", "short", "must have at least 32 characters, or be empty"),
        ("log_level", "loud", "must be one of debug, info, warning, error"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, name: str, value: str, says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, **{name: value})
    assert str(refused.value).startswith(f"COTERIE_{name.upper()} ")
    assert says in str(refused.value)


def test_every_wrong_setting_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, port="no", storage="no", secret_key="")
    lines = str(refused.value).splitlines()
    assert [line.split()[0] for line in lines] == ["COTERIE_PORT", "COTERIE_STORAGE", "COTERIE_SECRET_KEY"]


def test_a_file_holds_settings_and_variables_win(tmp_path: Path) -> None:
    file = tmp_path / "coterie.toml"
    file.write_text(f'secret_key = "{SECRET}"\nport = 8080\nhost = "0.0.0.0"\ndata_dir = "{tmp_path}"\n')
    config = Config.load({"COTERIE_CONFIG": str(file), "COTERIE_PORT": "9090"})
    assert (config.secret_key, config.port, config.host) == (SECRET, 9090, "0.0.0.0")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("prot = 8080", "unknown setting prot"),
        ("port = ", "coterie.toml:"),
        ("port = true", "COTERIE_PORT must be a whole number"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "coterie.toml"
    file.write_text(content)
    with pytest.raises(ConfigError, match=says):
        load(tmp_path, config=str(file))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml cannot be read"):
        load(tmp_path, config=str(tmp_path / "absent.toml"))


def test_postgresql_goes_through_psycopg_however_it_is_spelled(tmp_path: Path) -> None:
    spelled = {load(tmp_path, database_url=f"{scheme}://db/x").database_url for scheme in SPELLINGS}
    assert spelled == {"postgresql+psycopg://db/x"}


SPELLINGS = ("postgres", "postgresql", "postgresql+psycopg")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "circles.example.org", ""])
def test_the_demonstration_listens_to_this_machine_only(tmp_path: Path, host: str) -> None:
    with pytest.raises(ConfigError, match="COTERIE_HOST must be"):
        Config.load({"COTERIE_DATA_DIR": str(tmp_path), "COTERIE_HOST": host}, demonstration=True)


def test_the_demonstration_has_its_own_database_and_never_mails(tmp_path: Path) -> None:
    environment = {
        "COTERIE_DATA_DIR": str(tmp_path),
        "COTERIE_DATABASE_URL": "postgresql://real/data",
        "COTERIE_MAIL_TRANSPORT": "smtp",
        "COTERIE_SMTP_HOST": "mail.example.org",
    }
    config = Config.load(environment, demonstration=True)
    assert config.database_url == f"sqlite:///{tmp_path / 'demonstration.db'}"
    assert config.mail_transport == "outbox"


def test_secrets_have_no_default() -> None:
    assert [setting.name for setting in SETTINGS if setting.secret and setting.default] == []
