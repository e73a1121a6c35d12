"""Seasons, sessions, invites, answers and feeds."""
