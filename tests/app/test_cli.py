from __future__ import annotations

import email
import sqlite3
import stat
from contextlib import closing
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from app.accounts.services.people import create_administrator
from app.commands.configuration import kept_secret
from app.demo import database
from tests.app.terminal import Run, bare, coterie, empty_database

__all__ = ["bare", "coterie", "empty_database"]


def rows(tmp_path: Path, question: str, name: str = "coterie.db") -> list[tuple[Any, ...]]:
    """What the installation's database answers."""
    with closing(sqlite3.connect(tmp_path / "data" / name)) as connection:
        return connection.execute(question).fetchall()


def people_file(tmp_path: Path, *lines: str) -> Path:
    """A people file with a header and some lines."""
    file = tmp_path / "people.csv"
    file.write_text("\n".join(("email,name,timezone,manager_email", *lines)) + "\n", encoding="utf-8")
    return file


def test_wrong_settings_end_a_command_with_their_names(bare: Run) -> None:
    result = bare("check", port="no", storage="cloud", secret_key="")
    assert result.exit_code == 2
    for name in ("COTERIE_PORT", "COTERIE_STORAGE", "COTERIE_SECRET_KEY"):
        assert name in result.stderr


def test_help_names_every_command(bare: Run) -> None:
    said = bare("--help").output
    for name in ("run", "worker", "demo", "match", "admin", "import", "backup", "restore", "upgrade", "mail", "check"):
        assert f"\n  {name} " in said


def test_an_administrator_gets_a_link_that_signs_in_once(coterie: Run, tmp_path: Path) -> None:
    result = coterie("admin", "create", "Kim@example.org", "--name", "Kim Lee", base_url="https://circles.example.org")
    assert result.exit_code == 0
    assert "https://circles.example.org/sign-in/" in result.output
    assert rows(tmp_path, "SELECT name, email, is_administrator FROM person") == [("Kim Lee", "Kim@example.org", 1)]
    secret = result.output.strip().rsplit("/", 1)[-1]
    stored = rows(tmp_path, "SELECT purpose, hash FROM token")
    assert [purpose for purpose, _ in stored] == ["sign-in"]
    assert secret not in str(stored)


def test_making_an_administrator_again_gives_another_link(coterie: Run, tmp_path: Path) -> None:
    first, second = (coterie("admin", "create", "kim@example.org") for _ in range(2))
    assert first.output != second.output
    assert rows(tmp_path, "SELECT count(*) FROM person") == [(1,)]


def test_an_address_that_is_none_is_refused(coterie: Run, tmp_path: Path) -> None:
    result = coterie("admin", "create", "kim@")
    assert result.exit_code == 1
    assert "kim@" in result.stderr
    assert rows(tmp_path, "SELECT count(*) FROM person") == [(0,)]


def test_a_clean_file_is_applied(coterie: Run, tmp_path: Path) -> None:
    file = people_file(
        tmp_path, "ana@example.org,Ana Sousa,Europe/Lisbon,bo@example.org", "bo@example.org,Bo Lind,Europe/Oslo,"
    )
    result = coterie("import", file)
    assert result.exit_code == 0
    assert "2 rows: 2 new" in result.output
    assert "2 rows applied." in result.output
    managed = "SELECT p.name, m.name FROM person p JOIN person m ON m.id = p.manager_id"
    assert rows(tmp_path, managed) == [("Ana Sousa", "Bo Lind")]
    assert "2 unchanged" in coterie("import", file).output


def test_one_bad_row_changes_nothing_and_is_named(coterie: Run, tmp_path: Path) -> None:
    file = people_file(tmp_path, "ana@example.org,Ana,Europe/Lisbon,", "bo@example.org,Bo,Mars/Base,")
    result = coterie("import", file)
    assert result.exit_code == 2
    assert f"{file}:3: timezone: “Mars/Base” is not a time zone" in result.output
    assert "Nothing was changed." in result.output
    assert rows(tmp_path, "SELECT count(*) FROM person") == [(0,)]
    assert rows(tmp_path, "SELECT count(*) FROM people_import") == [(0,)]


def test_good_rows_are_applied_on_request(coterie: Run, tmp_path: Path) -> None:
    file = people_file(tmp_path, "ana@example.org,Ana,Europe/Lisbon,", "bo@example.org,Bo,Mars/Base,")
    result = coterie("import", "--apply-good", file)
    assert result.exit_code == 2
    assert "1 row applied." in result.output
    assert rows(tmp_path, "SELECT name FROM person") == [("Ana",)]
    assert rows(tmp_path, "SELECT state, done_rows FROM people_import") == [("applied", 1)]


def test_a_dry_run_only_says(coterie: Run, tmp_path: Path) -> None:
    result = coterie("import", "--dry-run", people_file(tmp_path, "ana@example.org,Ana,Europe/Lisbon,"))
    assert result.exit_code == 0
    assert "1 new" in result.output
    assert rows(tmp_path, "SELECT count(*) FROM person") == [(0,)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04", "spreadsheet"),
        ("e-mail,name\nzoë@example.org".encode("utf-16"), "UTF-16"),
        (b"name\nAna\n", "“email” is missing"),
        (b'email,name\n"ana@example.org,Ana\n', "quotation marks"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(coterie: Run, tmp_path: Path, content: bytes, says: str) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(content)
    result = coterie("import", "--apply-good", file)
    assert result.exit_code == 2
    assert says in result.output
    assert rows(tmp_path, "SELECT count(*) FROM person") == [(0,)]


def test_a_file_that_is_not_there_is_named(coterie: Run, tmp_path: Path) -> None:
    result = coterie("import", tmp_path / "absent.csv")
    assert result.exit_code == 2
    assert "absent.csv: cannot be read" in result.stderr


def test_both_ways_at_once_are_refused(coterie: Run, tmp_path: Path) -> None:
    result = coterie("import", "--dry-run", "--apply-good", people_file(tmp_path))
    assert result.exit_code == 2
    assert "not both" in result.stderr


def test_mails_are_exported_as_files_in_order(coterie: Run, tmp_path: Path) -> None:
    coterie("admin", "create", "kim@example.org")
    with closing(sqlite3.connect(tmp_path / "data" / "coterie.db")) as connection:
        for number, kind in enumerate(("sign_in", "session.invite", "odd/../kind")):
            connection.execute(
                "INSERT INTO outgoing_mail (kind, recipient, recipient_name, subject, text, html, message_id, "
                "unsubscribe_url, state, created_at, send_at) VALUES (?, 'ana@example.org', 'Ana', 'Héllo', 'Words.', "
                "'', ?, '', 'sent', '2026-11-24 10:00:00', '2026-11-24 10:00:00')",
                (kind, f"id{number}"),
            )
        connection.commit()
    folder = tmp_path / "out" / "mails"
    result = coterie("mail", "export", folder, mail_transport="outbox")
    assert result.exit_code == 0
    assert "3 mails" in result.output
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["0001-sign_in.eml", "0002-session.invite.eml", "0003-odd-..-kind.eml"]
    message = email.message_from_bytes((folder / names[0]).read_bytes(), policy=default)
    assert (message["Subject"], message["To"].addresses[0].addr_spec) == ("Héllo", "ana@example.org")


def test_mails_of_a_real_installation_are_not_exported(coterie: Run, tmp_path: Path) -> None:
    result = coterie("mail", "export", tmp_path / "mails")
    assert result.exit_code == 1
    assert "demonstration and in tests only" in result.stderr
    assert not (tmp_path / "mails").exists()


def test_a_sound_guide_passes(coterie: Run) -> None:
    result = coterie("guides", "check", Path(__file__).parents[2] / "guides" / "library" / "working-in-the-open")
    assert result.exit_code == 0
    assert "12 weeks" in result.output


def test_a_broken_guide_is_told_by_file_and_line(coterie: Run, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "guide.md").write_text("---\ntitle: Broken\nslug: other\n---\n")
    result = coterie("guides", "check", folder)
    assert result.exit_code == 2
    assert f"{folder}/guide.md:3: slug is other" in result.output


def test_an_empty_installation_says_what_to_mend(bare: Run) -> None:
    result = bare("check")
    assert result.exit_code == 1
    assert "MEND  Database: schema empty" in result.output
    assert "coterie upgrade" in result.output


def test_an_upgrade_brings_schema_and_guides(bare: Run, tmp_path: Path) -> None:
    result = bare("upgrade")
    assert "Schema brought up to date." in result.output
    assert "ok    Database" in result.output
    assert "MEND  Mail" in result.output
    slugs = {slug for (slug,) in rows(tmp_path, "SELECT slug FROM guide_version")}
    assert "working-in-the-open" in slugs
    assert "up to date" in bare("upgrade").output
    assert not list((tmp_path / "data").glob("before-upgrade-*"))


@pytest.mark.parametrize("command", ["check", "run", "worker", "upgrade"])
def test_a_database_that_is_away_is_told_without_a_traceback(bare: Run, command: str) -> None:
    result = bare(command, database_url="postgresql://kim:secret@127.0.0.1:1/coterie?connect_timeout=2")
    assert result.exit_code == 1
    assert "The database cannot be reached" in result.stderr
    assert "secret" not in result.stderr


def test_the_demonstration_is_made_once_and_afresh_on_request(
    coterie: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def small(session: Any, config: Any, storage: Any, at: Any) -> None:
        made.append(config.database_url)
        create_administrator(session, "a@b.example", "A", at)
        session.commit()

    monkeypatch.setattr(database, "build", small)
    first = coterie("demo", "--build-only")
    assert first.exit_code == 0
    assert "Making the demonstration" in first.output
    coterie("demo", "--build-only")
    assert len(made) == 1
    coterie("demo", "--build-only", "--fresh")
    assert len(made) == 2
    assert rows(tmp_path, "SELECT count(*) FROM person", "demonstration.db") == [(1,)]
    assert [path.name for path in (tmp_path / "data").glob("*in-the-making*")] == []


def test_what_was_interrupted_is_made_again(coterie: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*rest: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(database, "build", stop)
    assert coterie("demo", "--build-only").exit_code != 0
    assert not (tmp_path / "data" / "demonstration.db").exists()


def test_the_demonstration_refuses_to_be_reached_from_elsewhere(
    bare: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HOST", "0.0.0.0")
    result = bare("demo")
    assert result.exit_code == 2
    assert "COTERIE_HOST must be 127.0.0.1" in result.stderr
    assert not (tmp_path / "data").exists()


def test_the_demonstrations_secret_is_kept_and_private(tmp_path: Path) -> None:
    first = kept_secret(tmp_path / "new")
    assert kept_secret(tmp_path / "new") == first
    file = tmp_path / "new" / "demonstration-secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("short")
    assert len(kept_secret(tmp_path / "new")) >= 32
