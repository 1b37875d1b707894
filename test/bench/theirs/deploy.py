"""`python deploy.py <pool> <count> <description>` creates `count` deployments of one flow through Prefect's own API. With
count 0, it creates the two deployments that the bench runs."""

import sys
from pathlib import Path

from prefect import deploy, flow

pool, count, description = sys.argv[1], int(sys.argv[2]), sys.argv[3]
here = str(Path(__file__).parent)
noop = flow.from_source(source=here, entrypoint="flows.py:noop")
if count == 0:
    tasks = flow.from_source(source=here, entrypoint="flows.py:tasks")
    deployments = [noop.to_deployment("noop"), tasks.to_deployment("tasks")]
else:
    deployments = [
        noop.to_deployment(f"nightly-{index:03}", cron="0 5 * * *", description=description)
        for index in range(count)
    ]
deploy(*deployments, work_pool_name=pool, print_next_steps_message=False)
