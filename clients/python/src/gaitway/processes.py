"""Processes of ``multiprocessing`` that this one has started."""

from __future__ import annotations

import sys


def join_children() -> None:
    """Waits, at the end of this process, for the children that Python would wait for anyway.

    They may still use what this process is about to end; what ``atexit`` calls has no order of its own.
    """
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is not None:
        for child in multiprocessing.active_children():
            if not child.daemon:
                child.join()
