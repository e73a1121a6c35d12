"""Mail: rows written with the change that causes them, MIME trees, and the job that sends them."""
