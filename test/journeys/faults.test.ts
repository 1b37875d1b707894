import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { install, type EmbeddedInstallation } from '../support/installation.ts';
import { survivors } from '../support/process.ts';

const flows = `import { spawn } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run } from '@tributary/flow';
import { z } from 'zod';

/** Writes its pid and that of a child process, then works for some seconds. */
export const slow = flow({ name: 'slow', parameters: z.object({ mark: z.string(), seconds: z.number() }) }, async ({ mark, seconds }) => {
  const child = spawn('sleep', ['300'], { stdio: 'ignore' });
  writeFileSync(join(run().dataDir, mark), JSON.stringify({ host: process.pid, child: child.pid }));
  try {
    await sleep(seconds * 1000, undefined, { signal: run().signal });
  } finally {
    child.kill();
  }
  appendFileSync(join(run().dataDir, mark + '.done'), 'once;');
  return mark;
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { slow } from './flows/slow.ts';

export const deployment = deployFactory({ name: 'slow', flow: slow });
`;

describe('after kill −9', () => {
  let on: EmbeddedInstallation;

  beforeAll(async () => {
    on = await install({ 'ints/faults/flows/slow.ts': flows, 'ints/faults/deployments.ts': deployments });
    await on.deploy('faults');
  });
  afterAll(() => on.close());

  const file = (mark: string) => join(on.workspace.home, 'data', mark);
  const started = async (mark: string): Promise<{ host: number; child: number }> => {
    for (let waited = 0; waited < 20_000; waited += 25) {
      if (existsSync(file(mark))) {
        const text = readFileSync(file(mark), 'utf8');
        if (text.endsWith('}')) return JSON.parse(text);
      }
      await sleep(25);
    }
    throw new Error(`The run ${mark} did not begin.`);
  };

  it('of a run host, its run is Crashed, says how the process ended, and leaves no process', async () => {
    const worker = await on.startWorker('one');
    const id = await on.trigger('slow/slow', { mark: 'host', seconds: 60 });
    const { host, child } = await started('host');
    process.kill(host, 'SIGKILL');
    const run = await on.ended(id, 5);
    expect(run).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('SIGKILL') } });
    expect(await survivors([child], 5)).toEqual([]);
    await worker.stop();
  });

  it('of the worker, its runs are Crashed once and leave no process, and the next worker takes over', async () => {
    const worker = await on.startWorker('two', ['--heartbeat-seconds', '1']);
    const running = await on.trigger('slow/slow', { mark: 'worker', seconds: 60 });
    const { host, child } = await started('worker');
    worker.kill('SIGKILL');
    const waiting = await on.trigger('slow/slow', { mark: 'next', seconds: 0 });
    const run = await on.ended(running, 20);
    expect(run.state_type).toBe('CRASHED');
    expect(run.state?.message).toMatch(/worker/i);
    expect(await survivors([host], 15)).toEqual([]);
    expect(await survivors([child], 15)).toEqual([]);
    const next = await on.startWorker('three');
    expect((await on.ended(waiting)).state_type).toBe('COMPLETED');
    const { data: states } = await on.client.readFlowRunStates({ query: { flow_run_id: running } });
    expect(states.filter(({ type }) => type === 'CRASHED')).toHaveLength(1);
    await next.stop();
  });

  it('of the server, a run continues to its end, accepted runs are executed once, and nothing stays Running', async () => {
    const worker = await on.startWorker('four');
    const living = await on.trigger('slow/slow', { mark: 'server', seconds: 4 });
    await started('server');
    const { data: deployment } = await on.client.readDeploymentByName({ path: { flow: 'slow', deployment: 'slow' } });
    const { data: accepted } = await on.client.createFlowRunFromDeployment({
      path: { id: deployment.id },
      body: {
        parameters: { mark: 'accepted', seconds: 0 },
        state: { type: 'SCHEDULED', state_details: { scheduled_time: new Date(Date.now() + 1500).toISOString() } },
      },
    });
    on.server.kill('SIGKILL');
    await on.server.ended;
    await sleep(2000);
    await on.startServer();
    expect((await on.ended(living, 30)).state_type).toBe('COMPLETED');
    expect((await on.ended(accepted.id, 30)).state_type).toBe('COMPLETED');
    expect(readFileSync(file('server.done'), 'utf8')).toBe('once;');
    expect(readFileSync(file('accepted.done'), 'utf8')).toBe('once;');
    const { data: unfinished } = await on.client.countFlowRuns({
      body: { flow_runs: { state: { type: { any_: ['RUNNING', 'PENDING', 'CANCELLING'] } } } },
    });
    expect(unfinished).toBe(0);
    await worker.stop();
  });
});
