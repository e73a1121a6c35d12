"""`python -m tests.benchmarks.product`: measures pages, an import, PDFs and publishing, and prints the figures."""

from __future__ import annotations

import argparse
import logging

from tests.benchmarks.product.importing import measure_import
from tests.benchmarks.product.pages import measure_pages
from tests.benchmarks.product.pdfs import measure_pdfs
from tests.benchmarks.product.publishing import measure_publishing

PARTS = ("pages", "import", "pdfs", "publishing")


def main() -> None:
    """Measure what the command line asks for; everything by default."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.product", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be given again")
    parser.add_argument("--postgresql", action="store_true", help="on a real PostgreSQL instead of SQLite")
    parser.add_argument("--small", type=int, default=100, help="enrollments of the small cohort")
    parser.add_argument("--large", type=int, default=10_000, help="enrollments of the large cohort")
    parser.add_argument("--rows", type=int, default=10_000, help="rows of the imported file")
    parser.add_argument("--pages-for-managers", type=int, default=300, help="PDFs that are set")
    parser.add_argument("--circles", type=int, default=200, help="circles that are published")
    asked = parser.parse_args()
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    parts = asked.only or PARTS
    if "pages" in parts:
        measure_pages((asked.small, asked.large), postgresql=asked.postgresql)
    if "import" in parts:
        measure_import(asked.rows, postgresql=asked.postgresql)
    if "pdfs" in parts:
        measure_pdfs(asked.pages_for_managers, postgresql=asked.postgresql)
    if "publishing" in parts:
        measure_publishing(asked.circles, postgresql=asked.postgresql)


if __name__ == "__main__":
    main()
