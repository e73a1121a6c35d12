"""The ways in which mail to the organizer's address comes in: a mailbox, a local mail server, a signed request."""
