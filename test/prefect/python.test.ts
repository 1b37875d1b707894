import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Running } from '../support/process.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const python = `from datetime import timedelta
from prefect import flow, task
from prefect.deployments import run_deployment
from prefect.states import Completed

@flow(name="py-nightly")
def nightly(day: str, fail: bool = False):
    if fail:
        raise ValueError("nothing for " + day)
    return Completed(message="loaded " + day)

@flow(name="py-caller")
def caller(fail: bool = False):
    run = run_deployment("ours/here", parameters={"rows": 3, "fail": fail}, poll_interval=1)
    return Completed(message=f"{run.state.type.value} {run.state.message} {run.state.result(raise_on_failure=False) if not fail else None}")
`;
const flows = `import { externalDeployment, flow, runDeployment } from '@tributary/flow';
import { z } from 'zod';

const nightly = externalDeployment('py-nightly/here', z.object({ day: z.iso.date(), fail: z.boolean().optional() }));

export const ours = flow({ name: 'ours', parameters: z.object({ rows: z.int(), fail: z.boolean().default(false) }) }, ({ rows, fail }) => {
  if (fail) throw new Error('the TypeScript flow broke');
  return { rows };
});
export const caller = flow({ name: 'caller', parameters: z.object({ fail: z.boolean() }) }, async ({ fail }) => {
  const run = await runDeployment(nightly, { parameters: { day: '2026-11-22', fail } });
  return { type: run.state.type, message: run.state.message, data: run.state.data };
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { caller, ours } from './flows/flows.ts';

export const one = deployFactory({ name: 'here', flow: ours });
export const two = deployFactory({ name: 'here', flow: caller });
`;

let on: Journey;
let worker: Running | undefined;
beforeAll(async () => {
  on = await travel({ 'ints/mixed/flows/flows.ts': flows, 'ints/mixed/deployments.ts': deployments, 'py/py_flows.py': python });
  await on.deploy('mixed');
  await on.startWorker('mixed');
  await on.python(`
from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
with get_client(sync_client=True) as client:
    client.create_work_pool(WorkPoolCreate(name="py", type="process"))
for name in ("nightly", "caller"):
    flow.from_source(source="${on.workspace.root}/py", entrypoint="py_flows.py:" + name).deploy(name="here", work_pool_name="py", print_next_steps=False)
`);
  worker = on.prefect.command(['worker', 'start', '--pool', 'py', '--type', 'process'], { env: { PREFECT_WORKER_QUERY_SECONDS: '1' } });
  await worker.printed(/started!/, 60_000);
}, 240_000);
afterAll(async () => {
  await worker?.stop();
  await on?.close();
});

it.concurrent('a TypeScript flow starts a Python deployment, waits for it and gets its outcome', async () => {
  const good = await on.trigger('caller/here', { fail: false });
  const bad = await on.trigger('caller/here', { fail: true });
  expect((await on.ended(good, 110)).state?.data).toMatchObject({ value: { type: 'COMPLETED', message: 'loaded 2026-11-22' } });
  expect((await on.ended(bad, 110)).state?.data).toMatchObject({
    value: { type: 'FAILED', message: expect.stringContaining('nothing for 2026-11-22') },
  });
  const [child] = await on.children(good);
  expect(child?.parent_task_run_id).toBeTruthy();
});

it.concurrent('a Python flow starts a TypeScript deployment, waits for it and reads its result', async () => {
  const good = await on.trigger('py-caller/here');
  const bad = await on.trigger('py-caller/here', { fail: true });
  expect((await on.ended(good, 110)).state?.message).toBe("COMPLETED None {'value': {'rows': 3}}");
  expect((await on.ended(bad, 110)).state?.message).toBe('FAILED the TypeScript flow broke None');
  const [child] = await on.children(good);
  const shown = await succeeded(on.command(['flow-run', 'inspect', child?.id ?? '', '--json']));
  expect(JSON.parse(shown.stdout)).toMatchObject({ state: { data: { value: { rows: 3 } } } });
});
