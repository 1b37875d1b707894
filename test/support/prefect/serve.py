"""Prefect's own command, which ends with whoever started it, however that one ended: standard input is a pipe that closes then."""

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    # A read of the buffered stream would hold a lock that the interpreter wants at its end.
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()

from prefect.cli import app  # noqa: E402

sys.argv[0] = "prefect"
sys.exit(app())
