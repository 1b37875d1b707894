import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { FlowRunId } from '@tributary/contract';

import { install, type Installation } from '../support/installation.ts';
import { descendants, survivors } from '../support/process.ts';

const files = {
  'ints/shop/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { transform } from './flows/transform.ts';
export const deployment = deployFactory({ name: 'shop', flow: transform });
`,
  'ints/shop/flows/transform.ts': `import { dbt } from '@tributary/dbt';
import { flow } from '@tributary/flow';
import { z } from 'zod';
const project = dbt({ projectDir: '.' });
export const transform = flow({ name: 'transform', parameters: z.object({ model: z.string() }) }, async ({ model }) => {
  const { nodes } = await project.run({ select: model });
  return nodes.length;
});
`,
  'ints/shop/dbt_project.yml': 'name: shop\nprofile: shop\nmodels: {+materialized: table}\n',
  'ints/shop/profiles.yml': `shop: {target: dev, outputs: {dev: {type: duckdb, path: "{{ env_var('TRIBUTARY_DATA_DIR') }}/shop.duckdb", settings: {threads: 1}}}}\n`,
  'ints/shop/models/slow.sql': 'select count(*) as n from range(1000000) a, range(1000000) b where hash(a.range + b.range) % 7 = 3\n',
  'ints/shop/models/quick.sql': 'select 1 as n\n',
};

describe('while dbt runs', { timeout: 120_000 }, () => {
  let on: Installation;

  beforeAll(async () => {
    on = await install(files);
    await on.deploy('shop');
    await on.startWorker('one');
  });
  afterAll(() => on.close());

  /** Starts a run whose model is being computed. @returns the run and its processes: those of the host and of dbt */
  const startSlow = async (): Promise<{ id: FlowRunId; pids: number[] }> => {
    const id = await on.trigger('transform/shop', { model: 'slow' });
    for (let waited = 0; waited < 60_000; waited += 100) {
      const { data } = await on.client.countTaskRuns({
        body: { task_runs: { flow_run_id: { any_: [id] }, state: { type: { any_: ['RUNNING'] } } } },
      });
      if (data > 0) break;
      await sleep(100);
    }
    const host = Number((await on.read(id)).infrastructure_pid?.split(':').at(-1));
    const pids = [host, ...descendants(host)];
    expect(pids.slice(1)).not.toEqual([]);
    return { id, pids };
  };

  it('tributary flow-run cancel ends dbt, and the run is Cancelled', async () => {
    const { id, pids } = await startSlow();
    const { code, stdout } = await on.command(['flow-run', 'cancel', id, '--wait', '30']).ended;
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^Flow run \S+ is Cancelled/)]);
    expect(await survivors(pids, 5)).toEqual([]);
    const shown = await on.command(['flow-run', 'inspect', id]).ended;
    expect(shown.stdout).toMatch(/model slow +Cancelled +.*dbt was stopped/);
  });

  it('kill −9 of the run host leaves no dbt process and no lock, so the next run completes', async () => {
    const { id, pids } = await startSlow();
    process.kill(pids[0] ?? 0, 'SIGKILL');
    expect(await on.ended(id, 10)).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('SIGKILL') } });
    expect(await survivors(pids, 10)).toEqual([]);
    const next = await on.command(['deployment', 'run', 'transform/shop', '--param', 'model=quick', '--watch']).ended;
    expect([next.code, next.stdout]).toEqual([0, expect.stringMatching(/✓ model quick/)]);
    // Each node is shown once, by its task. dbt's own line is at debug level.
    expect(next.stdout).not.toContain('1 of 1 OK');
  });
});
