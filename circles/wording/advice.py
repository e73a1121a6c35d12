"""What one move would do for a circle, in a sentence."""

from __future__ import annotations

from circles.suggestions import Suggestion
from circles.wording.words import _


def advice_words(circle: str, name: str, move: Suggestion) -> str:
    """One suggestion for a circle, with the scores of both before and after."""
    comes = move.target == circle
    head = (
        _("Moving %(name)s here from %(origin)s", name=name, origin=move.origin)
        if comes
        else _("Moving %(name)s to %(target)s", name=name, target=move.target)
    )
    own, other = (move.target_scores, move.origin_scores) if comes else (move.origin_scores, move.target_scores)
    figures = {
        "move": head,
        "circle": circle,
        "other": move.origin if comes else move.target,
        "before": f"{own[0]:.0f}",
        "after": f"{own[1]:.0f}",
        "was": f"{other[0]:.0f}",
        "now": f"{other[1]:.0f}",
    }
    if any(code.startswith("broken_") for code in move.cures):
        return _(
            "%(move)s would let %(circle)s keep every firm rule, with a score of %(after)s. %(other)s goes from "
            "%(was)s to %(now)s.",
            **figures,
        )
    if "no_host" in move.cures:
        return _(
            "%(move)s would give %(circle)s a host, and %(after)s points instead of %(before)s. %(other)s goes from "
            "%(was)s to %(now)s.",
            **figures,
        )
    return _(
        "%(move)s would take %(circle)s from %(before)s to %(after)s points. %(other)s goes from %(was)s to %(now)s.",
        **figures,
    )
