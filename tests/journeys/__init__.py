"""Journeys of real people and processes: a real server, worker, mail server and browser."""
