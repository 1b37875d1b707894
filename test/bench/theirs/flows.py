"""What Prefect's own worker runs in the bench: the flows of ../stage.ts, in Python."""

import json
import time
from pathlib import Path

from prefect import flow, task


@flow(name="bench-theirs")
def noop(mark: str = "") -> None:
    """Writes down when the flow's first line ran, in nanoseconds since 1970."""
    at = time.time_ns()
    if mark:
        Path(mark).write_text(str(at))


@task(name="nothing")
def nothing(index: int) -> int:
    return index


@flow(name="bench-theirs")
def tasks(mark: str) -> None:
    """Calls 1,000 no-op tasks in a row. Writes down how many milliseconds the tasks took, and when the last one ended."""
    began = time.perf_counter()
    for index in range(1000):
        nothing(index)
    row = (time.perf_counter() - began) * 1000
    Path(mark).write_text(json.dumps({"row": row, "end": time.time_ns()}))
