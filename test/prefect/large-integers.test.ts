import { afterAll, beforeAll, expect, it } from 'vitest';

import { type Journey, succeeded, travel } from './journey.ts';

const digits = '356686000032329832';
const flows = `import { flow, tableArtifact } from '@tributary/flow';
import { z } from 'zod';

export const keep = flow({ name: 'keep', parameters: z.object({ id: z.unknown() }) }, async ({ id }) => {
  await tableArtifact({ key: 'ids', table: [{ id }] });
  return { id, type: typeof id };
});
export const count = flow({ name: 'count', parameters: z.object({ ids: z.array(z.number()) }) }, ({ ids }) => ids.length);
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { count, keep } from './flows/flows.ts';

export const one = deployFactory({ name: 'here', flow: keep });
export const two = deployFactory({ name: 'here', flow: count });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel({ 'ints/large/flows/flows.ts': flows, 'ints/large/deployments.ts': deployments });
  await on.deploy('large');
  await on.startWorker('large');
}, 240_000);
afterAll(() => on?.close());

/** Starts a run with Prefect's Python client, which keeps integers of any size. */
const fire = async (name: string, parameters: string): Promise<string> =>
  (
    await on.python(`from prefect.deployments import run_deployment
print(run_deployment("${name}", parameters=${parameters}, timeout=0).id)`)
  ).trim();

it('an integer that Python sends is a bigint in a TypeScript flow, and Python reads every digit of its result and artifact', async () => {
  const id = await fire('keep/here', `{"id": ${digits}}`);
  const run = await on.ended(id as Parameters<Journey['ended']>[0], 110);
  expect(run.state).toMatchObject({ type: 'COMPLETED', data: { value: { id: 356686000032329832n, type: 'bigint' } } });
  const read = await on.python(`from prefect.client.orchestration import get_client
with get_client(sync_client=True) as client:
    run = client.read_flow_run("${id}")
    print(run.state.data["value"]["id"] + 1, run.parameters["id"] + 1)
    print(client.request("POST", "/artifacts/filter", json={"artifacts": {"key": {"any_": ["ids"]}}}).json()[0]["data"])`);
  expect(read).toBe(`356686000032329833 356686000032329833\n[{"id":${digits}}]\n`);
  const { stdout } = await succeeded(on.command(['flow-run', 'inspect', id, '--json']));
  // In the parameters, the state's data and the result.
  expect(stdout.match(new RegExp(`"id": ${digits},?\n`, 'g'))).toHaveLength(3);
  expect((await succeeded(on.command(['artifact', 'inspect', 'ids']))).stdout).toContain(digits);
});

it('a TypeScript flow that takes a number fails with a sentence', async () => {
  const id = await fire('count/here', `{"ids": [1, ${digits}]}`);
  const run = await on.ended(id as Parameters<Journey['ended']>[0], 110);
  expect(run.state).toMatchObject({ type: 'FAILED', message: expect.stringContaining(`ids[1]: ${digits} is too large for a number`) });
});
