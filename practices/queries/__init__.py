"""Reading practice changes, shares and reports; consent is checked here, where the text is read."""
