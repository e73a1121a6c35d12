"""Whether a mail was really sent from the address in its From: what our own server says, or its DKIM signatures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy

import dkim
from authres import AuthenticationResultsHeader
from dkim.dnsplug import get_txt

log = logging.getLogger(__name__)

#: No mail of a person carries more signatures of its own domain than this.
MAX_SIGNATURES = 3
MAX_HEADER = 8_192
HEADER = "Authentication-Results"

#: Looks up a TXT record: (name, timeout in seconds) -> its bytes, or None.
Lookup = Callable[..., bytes | None]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Domains for which a check passed: DMARC for the domain in From, DKIM by the signing domain; lower case."""

    dmarc: frozenset[str] = frozenset()
    dkim: frozenset[str] = frozenset()

    def prove(self, address: str) -> bool:
        """Whether a check that passed belongs to the domain of an address."""
        domain = address.rpartition("@")[2].lower()
        return bool(domain) and (domain in self.dmarc or any(is_aligned(signer, domain) for signer in self.dkim))


NOTHING_PROVED = Verdicts()


def is_aligned(signer: str, domain: str) -> bool:
    """Whether a signing domain stands for a domain in From: itself, or one above it with at least two labels.

    DMARC also lets a domain below sign. That needs the list of public suffixes to be safe, so it is not taken here.
    """
    return signer == domain or ("." in signer and domain.endswith("." + signer))


def judge(raw: bytes, *, authserv_id: str = "", verify: bool = True, lookup: Lookup = get_txt) -> Verdicts:
    """What is known about a mail's sender. Asks the domain name system, so call it outside of a transaction.

    Authentication-Results is read only where `authserv_id` is set to the name of our own receiving server.
    """
    said = said_by(raw, authserv_id) if authserv_id else NOTHING_PROVED
    if said.dmarc or said.dkim or not verify:
        return said
    return Verdicts(dkim=signers(raw, lookup=lookup))


def said_by(raw: bytes, authserv_id: str) -> Verdicts:
    """What the topmost Authentication-Results says, if our own server wrote it (RFC 8601); anything below is ignored.

    A sender can write such headers too, but only below those that our server adds.
    """
    try:
        values = message_from_bytes(raw, policy=policy.compat32).get_all(HEADER) or []
        top = " ".join(str(values[0]).split()) if values else ""
        if not top or len(top) > MAX_HEADER:
            return NOTHING_PROVED
        parsed = AuthenticationResultsHeader.parse(f"{HEADER}: {top}")
        if str(parsed.authserv_id or "").lower() != authserv_id.strip().lower():
            return NOTHING_PROVED
        dmarc: set[str] = set()
        signed: set[str] = set()
        for result in parsed.results:
            if str(result.result).lower() != "pass":
                continue
            domains = {
                str(prop.value).rpartition("@")[2].strip().lower()
                for prop in result.properties
                if (prop.type, prop.name) in (("header", "from"), ("header", "d"), ("header", "i"))
                and (prop.name == "from") == (result.method == "dmarc")
            }
            if result.method == "dmarc":
                dmarc |= domains
            elif result.method == "dkim":
                signed |= domains
        return Verdicts(frozenset(dmarc - {""}), frozenset(signed - {""}))
    except Exception:
        log.info("an Authentication-Results header could not be read", exc_info=True)
        return NOTHING_PROVED


def signers(raw: bytes, *, lookup: Lookup = get_txt) -> frozenset[str]:
    """Domains whose DKIM signatures over this mail hold.

    Signatures over a part of the body (l=) or with SHA-1 prove nothing about a calendar inside it and are left out.
    """
    try:
        found = dkim.DKIM(raw, logger=log, minkey=1024, timeout=5)
        signatures = [value for name, value in found.headers if name.lower() == b"dkim-signature"]
    except Exception:
        log.info("a mail's signatures could not be read", exc_info=True)
        return frozenset()
    holding: set[str] = set()
    for place, signature in enumerate(signatures[:MAX_SIGNATURES]):
        try:
            tags = dkim.util.parse_tag_value(signature)
            domain = tags[b"d"].decode("ascii").strip().lower()
            weak = b"l" in tags or tags.get(b"a", b"").strip().lower().endswith(b"sha1")
            if not weak and found.verify(idx=place, dnsfunc=lookup):
                holding.add(domain)
        except Exception:
            log.info("a signature does not hold", exc_info=True)
    return frozenset(holding)
