"""Guide text: parsing, versions and storage, without people."""
