"""What Coterie needs from the machine itself, outside Python and npm: shared libraries, and a browser for the tests."""
