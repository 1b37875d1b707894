import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import type { FlowRunId } from '@tributary/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { eventually } from '../support/eventually.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { concurrency, flow, rateLimit, run, task } from '@tributary/flow';
import { z } from 'zod';

const note = (mark: string, text: string) => appendFileSync(join(run().dataDir, mark), text + ' ' + Date.now() + ' ' + run().flowRunId + ' ' + process.pid + '\\n');
/** Without seconds, a run holds its slot until the test lets it go. */
const parameters = z.object({ mark: z.string(), seconds: z.number().optional() });

const hold = async ({ mark, seconds }: z.output<typeof parameters>) => {
  const { dataDir, signal } = run();
  note(mark, 'begin');
  if (seconds !== undefined) await sleep(seconds * 1000, undefined, { signal });
  else while (!existsSync(join(dataDir, mark + '.go'))) await sleep(50, undefined, { signal });
  note(mark, 'end');
};
export const queued = flow({ name: 'queued', parameters }, hold);
export const single = flow({ name: 'single', parameters }, hold);
export const long = flow({ name: 'long', parameters }, hold);
export const robbed = flow({ name: 'robbed', parameters }, hold);
export const killed = flow({ name: 'killed', parameters }, hold);
export const sharing = flow({ name: 'sharing', parameters: parameters.extend({ limit: z.string(), fail: z.boolean().default(false) }) }, ({ limit, fail, ...rest }) =>
  concurrency(limit, async () => {
    await hold(rest);
    if (fail) throw new Error('broken while it held a slot');
  }),
);
const tick = task({ name: 'tick' }, async (mark: string) => {
  await rateLimit('ticks');
  note(mark, 'tick');
});
export const ticking = flow({ name: 'ticking', parameters }, async ({ mark }) => {
  for (let count = 0; count < 3; count += 1) await tick(mark);
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { killed, long, queued, robbed, sharing, single, ticking } from './flows/limits.ts';

const name = 'here';
export const one = deployFactory({ name, flow: queued, concurrencyLimit: 1 });
export const two = deployFactory({ name, flow: single, concurrencyLimit: { limit: 1, collisionStrategy: 'CANCEL_NEW' } });
export const three = deployFactory({ name, flow: long, concurrencyLimit: 1 });
export const four = deployFactory({ name, flow: killed, concurrencyLimit: 1 });
export const five = deployFactory({ name, flow: sharing });
export const six = deployFactory({ name, flow: ticking });
export const seven = deployFactory({ name, flow: robbed, concurrencyLimit: 1 });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel(
    { 'ints/limits/flows/limits.ts': flows, 'ints/limits/deployments.ts': deployments },
    {
      // The default is 30 s.
      PREFECT_SERVER_DEPLOYMENTS_CONCURRENCY_SLOT_WAIT_SECONDS: '2',
      // The default is 300 s. The minimum that Prefect allows is 30 s.
      PREFECT_SERVER_CONCURRENCY_INITIAL_DEPLOYMENT_LEASE_DURATION: '30',
      PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS: '2',
    },
  );
  await on.deploy('limits');
  await on.startWorker('one');
  await on.startWorker('two');
}, 180_000);
afterAll(() => on?.close());

interface Note {
  readonly what: string;
  readonly at: number;
  readonly run: string;
  readonly pid: number;
}
function notes(mark: string): Note[] {
  if (!existsSync(on.data(mark))) return [];
  const lines = readFileSync(on.data(mark), 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [what = '', at, run = '', pid] = line.split(' ');
    return { what, at: Number(at), run, pid: Number(pid) };
  });
}
const begun = (mark: string) =>
  eventually(
    () => notes(mark),
    (found) => found.length > 0,
  );
const letGo = (mark: string) => writeFileSync(on.data(`${mark}.go`), '');
/** Expects that the runs never overlapped: in their notes, each run begins after the previous run has ended. */
function expectTurns(mark: string, runs: number): void {
  const found = notes(mark);
  expect(found.map(({ what }) => what)).toEqual(Array.from({ length: runs }, () => ['begin', 'end']).flat());
  for (let index = 0; index < found.length; index += 2) expect(found[index]?.run).toBe(found[index + 1]?.run);
}
const names = async (id: FlowRunId) => (await on.states(id)).map(({ name }) => name);

it.concurrent('with a limit of 1 a second run awaits the slot of the first, and then runs', async () => {
  const first = await on.trigger('queued/here', { mark: 'queued' });
  await begun('queued');
  const second = await on.trigger('queued/here', { mark: 'queued', seconds: 0 });
  await on.until(second, ['AwaitingConcurrencySlot']);
  letGo('queued');
  for (const id of [first, second]) expect((await on.ended(id, 40)).state_type).toBe('COMPLETED');
  expectTurns('queued', 2);
  expect(await names(second)).toEqual(expect.arrayContaining(['AwaitingConcurrencySlot', 'Running']));
});

it.concurrent('with CANCEL_NEW a second run is cancelled, and says why', async () => {
  const first = await on.trigger('single/here', { mark: 'single' });
  await begun('single');
  const second = await on.trigger('single/here', { mark: 'single', seconds: 0 });
  expect(await on.ended(second)).toMatchObject({
    state_type: 'CANCELLED',
    state: { message: expect.stringContaining('concurrency limit reached') },
  });
  letGo('single');
  expect((await on.ended(first)).state_type).toBe('COMPLETED');
  expectTurns('single', 1);
});

it.concurrent('a run keeps its slot longer than the lease that it began with', async () => {
  // Longer than the lease (30 s) and the time until the second run proposes its start again.
  const first = await on.trigger('long/here', { mark: 'long', seconds: 60 });
  await begun('long');
  const second = await on.trigger('long/here', { mark: 'long', seconds: 0 });
  for (const id of [first, second]) expect((await on.ended(id, 100)).state_type).toBe('COMPLETED');
  expectTurns('long', 2);
  expect((await on.said(first)).join()).not.toMatch(/lease|slot/);
});

it.concurrent('a run that lost its slot continues, and says so', async () => {
  const id = await on.trigger('robbed/here', { mark: 'robbed', seconds: 30 });
  await begun('robbed');
  const lease = (await on.read(id)).state?.state_details.deployment_concurrency_lease_id;
  if (!lease) throw new Error('The run has no lease.');
  await on.client.returnLease({ body: { lease_id: lease } });
  expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
  expect((await on.said(id)).join()).toContain("The slot of the deployment's concurrency limit was lost");
});

it.concurrent('the slot of a run whose process is killed is free immediately', async () => {
  const first = await on.trigger('killed/here', { mark: 'killed', seconds: 100 });
  const [note] = await begun('killed');
  process.kill(note?.pid ?? 0, 'SIGKILL');
  expect((await on.ended(first)).state_type).toBe('CRASHED');
  const second = await on.trigger('killed/here', { mark: 'killed', seconds: 0 });
  expect((await on.ended(second, 20)).state_type).toBe('COMPLETED');
  expect(await names(second)).not.toContain('AwaitingConcurrencySlot');
});

it.concurrent('concurrency() admits the runs of two workers one by one, also after a run has failed', async () => {
  await succeeded(on.command(['concurrency-limit', 'create', 'lathe', '1']));
  const ids = [];
  for (const fail of [true, false, false]) ids.push(await on.trigger('sharing/here', { mark: 'lathe', limit: 'lathe', seconds: 1, fail }));
  const ended = await Promise.all(ids.map((id) => on.ended(id, 60)));
  expect(ended.map(({ state_type }) => state_type)).toEqual(['FAILED', 'COMPLETED', 'COMPLETED']);
  expectTurns('lathe', 3);
  const { stdout } = await succeeded(on.command(['concurrency-limit', 'inspect', 'lathe', '--json']));
  expect(JSON.parse(stdout)).toMatchObject({ limit: 1, active_slots: 0 });
});

it.concurrent('concurrency() with an unknown limit admits the run, with a warning', async () => {
  const id = await on.trigger('sharing/here', { mark: 'unknown', limit: 'nobody', seconds: 0 });
  expect((await on.ended(id)).state_type).toBe('COMPLETED');
  expect((await on.said(id)).join()).toContain('There is no concurrency limit "nobody"');
});

it.concurrent('a cancelled run releases its slot', async () => {
  await succeeded(on.command(['concurrency-limit', 'create', 'saw', '1']));
  const first = await on.trigger('sharing/here', { mark: 'saw', limit: 'saw', seconds: 100 });
  await begun('saw');
  const second = await on.trigger('sharing/here', { mark: 'saw-2', limit: 'saw', seconds: 0 });
  await eventually(
    () => on.said(second),
    (said) => said.some((line) => line.startsWith('Waiting for 1 slot')),
  );
  await succeeded(on.command(['flow-run', 'cancel', first]));
  expect((await on.ended(second, 30)).state_type).toBe('COMPLETED');
});

it.concurrent('rateLimit() admits the runs of two workers at most as often as the limit allows', async () => {
  await succeeded(on.command(['concurrency-limit', 'create', 'ticks', '1', '--slot-decay-per-second', '0.5']));
  const ids = [
    await on.trigger('ticking/here', { mark: 'ticks', seconds: 0 }),
    await on.trigger('ticking/here', { mark: 'ticks', seconds: 0 }),
  ];
  for (const id of ids) expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
  const times = notes('ticks').map(({ at }) => at);
  expect(times).toHaveLength(6);
  expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(7_000);
});
