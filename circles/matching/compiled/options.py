"""How the loops are compiled."""

from __future__ import annotations

from typing import Any

from numba import njit

#: Without counting references to arrays: the caller holds them for the whole call and nothing here makes new ones. The
#: atomic counting would take nine tenths of the time.
_UNCOUNTED: dict[str, Any] = {"_nrt": False}

#: Kept on disk, and run without the interpreter's lock.
compiled: Any = njit(cache=True, nogil=True, **_UNCOUNTED)
#: Likewise, written out where it is called; for what runs in every move.
inlined: Any = njit(cache=True, nogil=True, forceinline=True, **_UNCOUNTED)
#: Likewise, for functions that make arrays.
making: Any = njit(cache=True, nogil=True)
