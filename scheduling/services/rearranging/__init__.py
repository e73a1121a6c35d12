"""Proposals for running circles and people without one, and carrying one of them out."""

from scheduling.services.rearranging.applying import Applied, apply
from scheduling.services.rearranging.offers import Offer, Offers, offers_for
from scheduling.services.rearranging.situations import Trigger, TriggerKind, trigger_for

__all__ = ["Applied", "Offer", "Offers", "Trigger", "TriggerKind", "apply", "offers_for", "trigger_for"]
