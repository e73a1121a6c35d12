"""The commands behind which mail comes in, as an operator or a mail server runs them."""

from __future__ import annotations

from pathlib import Path

from tests.app.terminal import Run, bare, coterie, empty_database
from tests.scheduling.mail_servers import PASSWORD, USER, free_port, imap, imap_server

__all__ = ["bare", "coterie", "empty_database"]

REPLIES = Path(__file__).parent.parent / "data" / "replies"


def test_a_mail_in_a_file_is_taken_and_said(coterie: Run) -> None:
    for name, code in (("google", "unknown-session"), ("out-of-office", "no-calendar"), ("too-deep", "too-deep")):
        result = coterie("inbound", "mail", str(REPLIES / f"{name}.eml"), mail_verify_dkim="no")
        assert (result.exit_code, result.output.strip()) == (0, code)


def test_without_a_mailbox_the_commands_say_what_is_missing(coterie: Run) -> None:
    for command in ("poll", "check"):
        result = coterie("inbound", command)
        assert result.exit_code == 1
        assert "COTERIE_IMAP_HOST" in result.stderr


def test_lmtp_is_refused_on_an_address_that_others_reach(coterie: Run) -> None:
    result = coterie("inbound", "lmtp", "--host", "0.0.0.0")
    assert result.exit_code == 2
    assert "use 127.0.0.1" in result.stderr


def test_a_mailbox_is_tried_and_read(coterie: Run) -> None:
    with imap_server() as port:
        with imap(port) as client:
            client.append("INBOX", b"Subject: hello\r\n\r\nNothing\r\n")
        settings = {
            "imap_host": "127.0.0.1",
            "imap_port": str(port),
            "imap_security": "none",
            "imap_username": USER,
            "imap_password": PASSWORD,
        }
        assert "can be read" in coterie("inbound", "check", **settings).output
        assert coterie("inbound", "poll", **settings).output.strip() == "New mails taken: 1."
        wrong = coterie("inbound", "check", **{**settings, "imap_password": "wrong"})
        assert wrong.exit_code == 1
        assert "cannot be read" in wrong.stderr
    for command in ("check", "poll"):
        nobody = coterie("inbound", command, **{**settings, "imap_port": str(free_port())})
        assert nobody.exit_code == 1
        assert USER in nobody.stderr
