"""The parts of the `coterie` command, one file a matter."""
