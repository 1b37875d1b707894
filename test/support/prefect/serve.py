"""Runs Prefect's own command until the process that started it ends in any way. Standard input is a pipe that closes at that moment."""

import os
import signal
import sys
import threading


def end_with_parent() -> None:
    # Reading sys.stdin would hold the lock of its buffer, and the interpreter needs that lock when it exits.
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_parent, daemon=True).start()

from prefect.cli import app  # noqa: E402

sys.argv[0] = "prefect"
sys.exit(app())
