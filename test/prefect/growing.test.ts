import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { type FlowRunId, isTerminal } from '@tributary/contract';
import type { DeploymentId } from '@tributary/contract/id';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Postgres, startPostgres } from '../support/postgres/server.ts';
import { type Installation, installOnPrefect } from '../support/prefect/installation.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { descendants, isAlive } from '../support/process.ts';

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run } from '@tributary/flow';
import { z } from 'zod';

/** Records the begin of each attempt, and the end of its work. The first attempt fails if the parameters say so. */
export const count = flow({ name: 'count', parameters: z.object({ failOnce: z.boolean().default(false) }), retries: 1 }, async ({ failOnce }) => {
  const { flowRunId, attempt, dataDir, signal } = run();
  const note = (what: string) => appendFileSync(join(dataDir, 'ledger'), [what, flowRunId, attempt, process.pid].join(' ') + '\\n');
  note('begun');
  await sleep(400, undefined, { signal });
  if (failOnce && attempt === 1) throw new Error('The first attempt fails.');
  note('done');
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { count } from './flows/count.ts';

export const north = deployFactory({ name: 'north', flow: count, pool: 'north' });
export const south = deployFactory({ name: 'south', flow: count, pool: 'south' });
`;

/** How many runs each of the two pools gets. */
const runsOfPool = 100;

interface Entry {
  readonly what: string;
  readonly id: string;
  readonly attempt: number;
  readonly pid: number;
}

describe('a Prefect server on Postgres, with a worker in each of two pools', () => {
  let postgres: Postgres | undefined;
  let prefect: Prefect | undefined;
  let on: Installation;

  beforeAll(async () => {
    postgres = await startPostgres();
    prefect = await startPrefect({ databaseUrl: postgres.url });
    on = await installOnPrefect(prefect, { 'ints/growing/flows/count.ts': flows, 'ints/growing/deployments.ts': deployments });
    await on.deploy('growing');
  });
  afterAll(async () => {
    await on?.close();
    await prefect?.stop();
    await postgres?.stop();
  });

  it('executes 200 runs once each, although one worker is killed −9 in the middle', { timeout: 900_000 }, async () => {
    const ledger = join(on.workspace.home, 'data', 'ledger');
    const entries = (): Entry[] =>
      existsSync(ledger)
        ? readFileSync(ledger, 'utf8')
            .trim()
            .split('\n')
            .map((line) => line.split(' '))
            .map(([what = '', id = '', attempt, pid]) => ({ what, id, attempt: Number(attempt), pid: Number(pid) }))
        : [];
    const flags = (pool: string) => ['--pool', pool, '--limit', '4', '--heartbeat-seconds', '2'];

    const survivor = await on.startWorker('north-1', flags('north'));
    const victim = await on.startWorker('south-1', flags('south'));
    const ids = [...(await trigger('north')), ...(await trigger('south'))];
    const south = new Set<string>(ids.slice(runsOfPool));

    const doneInSouth = () => entries().filter(({ what, id }) => what === 'done' && south.has(id)).length;
    while (doneInSouth() < runsOfPool / 4) await sleep(50);
    const processes = [victim.pid, ...descendants(victim.pid)];
    victim.kill('SIGKILL');
    const next = await on.startWorker('south-2', flags('south'));

    const runs = await ended(ids, 780);
    const crashed = runs.filter(({ state_type }) => state_type === 'CRASHED');
    const count = (what: string, id: string) => entries().filter((entry) => entry.what === what && entry.id === id).length;

    expect(new Set(runs.map(({ state_type }) => state_type))).toEqual(new Set(['COMPLETED', 'CRASHED']));
    // The killed worker held some runs, at most as many as its limit; all other runs completed.
    expect(crashed.length).toBeGreaterThan(0);
    expect(crashed.length).toBeLessThanOrEqual(4);
    for (const { id } of crashed) expect(south).toContain(id);
    // No attempt of any run began twice.
    const begun = entries()
      .filter(({ what }) => what === 'begun')
      .map(({ id, attempt }) => `${id}/${attempt}`);
    expect(begun.length).toBe(new Set(begun).size);
    for (const { id, state_type, parameters, run_count } of runs) {
      const completed = state_type === 'COMPLETED';
      const attempts = parameters['failOnce'] ? 2 : 1;
      expect(count('done', id)).toBe(completed ? 1 : 0);
      // The server counts an attempt before the flow's first line runs, and a killed run may have ended in between.
      expect(count('begun', id)).toBeGreaterThanOrEqual(completed ? attempts : run_count - 1);
      expect(run_count).toBeLessThanOrEqual(attempts);
    }
    // All records are in Postgres: the server has no SQLite file.
    expect(existsSync(join(prefect?.home ?? '', 'prefect.db'))).toBe(false);

    processes.push(survivor.pid, next.pid, ...descendants(survivor.pid), ...descendants(next.pid));
    await Promise.all([survivor.stop(), next.stop()]);
    const living = () => [...processes, ...entries().map(({ pid }) => pid)].filter(isAlive);
    for (let waited = 0; waited < 15_000 && living().length > 0; waited += 100) await sleep(100);
    expect(living()).toEqual([]);
  });

  /** Every fifth run fails in its first attempt. */
  async function trigger(name: string): Promise<FlowRunId[]> {
    const { data } = await on.client.readDeploymentByName({ path: { flow: 'count', deployment: name } });
    const ids: FlowRunId[] = [];
    for (let begin = 0; begin < runsOfPool; begin += 10)
      ids.push(...(await Promise.all(Array.from({ length: 10 }, (_, index) => create(data.id, index % 5 === 0)))));
    return ids;
  }

  async function create(id: DeploymentId, failOnce: boolean): Promise<FlowRunId> {
    return (await on.client.createFlowRunFromDeployment({ path: { id }, body: { parameters: { failOnce } } })).data.id;
  }

  async function ended(ids: readonly FlowRunId[], seconds: number): Promise<FlowRun[]> {
    for (const until = Date.now() + seconds * 1000; ; await sleep(1000)) {
      const { data: runs } = await on.client.filterFlowRuns({ body: { flow_runs: { id: { any_: [...ids] } } } });
      const open = runs.filter(({ state_type }) => !state_type || !isTerminal(state_type));
      if (runs.length === ids.length && open.length === 0) return runs;
      if (Date.now() > until)
        throw new Error(`After ${seconds} s ${open.length} of ${runs.length} have not ended: ${JSON.stringify(open.slice(0, 3))}`);
    }
  }
});
