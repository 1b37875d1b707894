import type { FlowRunId } from '@tributary/contract/id';
import { addSeconds, fromMillis } from '@tributary/contract/time';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { createStage, type Stage } from '../test-support/stage.ts';
import type { Watched } from './event.ts';
import { followWaits } from './why-waiting.ts';

let on: Stage;
beforeAll(async () => {
  on = await createStage();
});
afterAll(() => on.close());

async function watched(id: FlowRunId): Promise<Watched> {
  return { run: (await on.client.readFlowRun({ path: { id } })).data, label: 'export/otter', parent: undefined, endedAt: undefined };
}
const inSeconds = (seconds: number) => addSeconds(fromMillis(Date.now()), seconds);

it.each([{ features: ['waiting'] }, { features: [] }])(
  'says why an overdue run waits, and again when the reason changes, with features $features',
  async ({ features }) => {
    const pool = `pool-${features.length}`;
    await on.client.createWorkPool({ body: { name: pool, type: 'tributary' } });
    const one = await watched(await on.trigger(await on.deploy('export', pool, { work_pool_name: pool })));
    const waits = followWaits(on.client, features);
    expect(await waits([one], inSeconds(1))).toEqual([]);
    const first = `export/otter is waiting. No worker of work pool "${pool}" is online. Start one: npx tributary worker start --pool ${pool}`;
    expect(await waits([one], inSeconds(4))).toEqual([first]);
    expect(await waits([one], inSeconds(10))).toEqual([]);
    await on.client.updateWorkPool({ path: { pool }, body: { is_paused: true } });
    expect(await waits([one], inSeconds(11))).toEqual([]);
    const second = `export/otter is waiting. Work pool "${pool}" is paused. Resume it: npx tributary work-pool resume ${pool}`;
    expect(await waits([one], inSeconds(16))).toEqual([second]);
  },
);

it('says of a running run that a task waits for a slot', async () => {
  const id = await on.trigger(await on.deploy('export', 'limited'));
  for (const type of ['PENDING', 'RUNNING'] as const) await on.state(id, type);
  await on.client.createConcurrencyLimit({ body: { name: 'db', limit: 1 } });
  await on.client.takeSlots({ body: { names: ['db'], slots: 1 } });
  const asking = on.client.takeLease({ body: { names: ['db'], slots: 1, holder: { type: 'flow_run', id } } });
  await expect(asking).rejects.toThrow(/423/);
  expect(await followWaits(on.client, ['waiting'])([await watched(id)], inSeconds(0))).toEqual([
    'export/otter is waiting. Concurrency limit "db" is full: its only slot is taken. Wait for a slot, or raise the limit: npx tributary concurrency-limit update db --limit 2',
  ]);
});
