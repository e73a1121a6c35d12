"""The rotation of duties."""

from __future__ import annotations

from scheduling.rotation import roles_for

MEMBERS = ["AO", "TR", "LP", "JW", "PN"]


def test_everyone_hosts_once_before_anyone_hosts_again() -> None:
    hosts = [roles.host for position in range(1, 6) if (roles := roles_for(MEMBERS, position))]
    assert sorted(map(str, hosts)) == sorted(MEMBERS)


def test_this_week_s_timekeeper_hosts_next_and_the_host_sums_up() -> None:
    for position in range(1, 12):
        now, then = roles_for(MEMBERS, position), roles_for(MEMBERS, position + 1)
        assert now is not None
        assert then is not None
        assert (now.timekeeper, now.host) == (then.host, then.synthesizer)


def test_who_is_away_is_stepped_over_unless_nobody_is_there() -> None:
    roles = roles_for(MEMBERS, 1, away={"AO"})
    assert roles is not None
    assert "AO" not in (roles.host, roles.timekeeper, roles.synthesizer)
    alone = roles_for(["AO"], 3, away={"AO"})
    assert alone is not None
    assert alone.host == "AO"


def test_a_swap_trades_duties() -> None:
    usual, swapped = roles_for(MEMBERS, 1), roles_for(MEMBERS, 1, host="TR")
    assert usual is not None
    assert swapped is not None
    assert (swapped.host, swapped.timekeeper) == (usual.timekeeper, usual.host)


def test_nobody_has_no_roles() -> None:
    assert roles_for([], 1) is None
