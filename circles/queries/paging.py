"""One page of a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The items of one page, which page it is (from 1), how many there are, and how many items in all."""

    items: Sequence[T]
    page: int
    pages: int
    total: int


def bounds(page: int, total: int, size: int = PAGE_SIZE) -> tuple[int, int, int]:
    """The page that exists nearest to the one asked for, the number of pages, and the offset of its first item."""
    pages = max(1, -(-total // size))
    page = min(max(page, 1), pages)
    return page, pages, (page - 1) * size
