"""People: profiles, sign-in, import, and the rows that say who is signed in where."""
