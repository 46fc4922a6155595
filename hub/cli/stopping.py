"""Commands that serve until somebody has enough of it."""

from __future__ import annotations

import signal
import time


def until_stopped() -> None:
    """Returns at Ctrl-C or SIGTERM; a shell starts background jobs deaf to the former."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        while True:
            time.sleep(1)  # not for ever: a signal in the moment before going to sleep is heard at the next waking
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
