import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FlowRunId } from '@tributary/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { callCommand } from '../../tools/cli/test-support/command.ts';
import { eventually } from '../support/eventually.ts';
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

/** A family of three levels that stops at a step until the file of its mark exists. */
const family = `import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flow, run, runDeployment } from '@tributary/flow';
import { z } from 'zod';

const note = (mark: string, ...words: unknown[]) => appendFileSync(join(run().dataDir, mark), words.join(' ') + '\\n');
async function reach(step: string, mark: string): Promise<void> {
  if (mark !== step) return;
  note(mark, 'at', process.pid);
  while (!existsSync(join(run().dataDir, mark + '.go'))) await sleep(25, undefined, { signal: run().signal });
}
const ask = (deployment: string, parameters: Record<string, unknown>) => runDeployment.unchecked(deployment, { parameters, raiseFinalState: true });
const parameters = z.object({ mark: z.string() });
export const leaf = flow({ name: 'leaf', parameters: parameters.extend({ nth: z.string() }) }, async ({ mark, nth }) => {
  if (nth === 'second') await reach('in the leaf', mark);
  note(mark, nth, 'done');
});
export const middle = flow({ name: 'middle', parameters }, async ({ mark }) => {
  await ask('leaf/here', { mark, nth: 'first' });
  await reach('between two children', mark);
  await ask('leaf/here', { mark, nth: 'second' });
  note(mark, 'middle', 'done');
});
export const root = flow({ name: 'root', parameters }, async ({ mark }) => {
  await ask('middle/here', { mark });
  await reach('after the children', mark);
  note(mark, 'root', 'done');
});
`;
const familyDeployments = `import { deployFactory } from '@tributary/flow';
import { leaf, middle, root } from './flows/family.ts';

export const one = deployFactory({ name: 'here', flow: leaf });
export const two = deployFactory({ name: 'here', flow: middle });
export const three = deployFactory({ name: 'here', flow: root });
`;

describe('after kill −9', () => {
  let on: EmbeddedInstallation;

  beforeAll(async () => {
    on = await install({
      'ints/faults/flows/slow.ts': flows,
      'ints/faults/deployments.ts': deployments,
      'ints/family/flows/family.ts': family,
      'ints/family/deployments.ts': familyDeployments,
    });
    await on.deploy('faults');
    await on.deploy('family');
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

  it(
    'of the server, the hosts and the worker at each step of a family, the command that inspect names finishes it, and each completed child ran once',
    { timeout: 90_000 },
    async () => {
      const steps = ['between two children', 'in the leaf', 'after the children'];
      const flags = ['--limit', '12', '--prestart', '0', '--heartbeat-seconds', '1'];
      const notes = (step: string): string[] => (existsSync(file(step)) ? readFileSync(file(step), 'utf8').trim().split('\n') : []);
      /** waits until the family has reached its step so many times; @returns the pid of the host that is there */
      const reached = async (step: string, times: number): Promise<number> => {
        const lines = await eventually(
          () => notes(step).filter((line) => line.startsWith('at ')),
          (all) => all.length >= times,
          40,
        );
        return Number(lines.at(-1)?.slice('at '.length));
      };
      const command = async (args: readonly string[]): Promise<string> => {
        const { code, stdout, stderr } = await callCommand([...args, '--url', on.url], { cwd: on.workspace.root }).ended;
        expect([code, stderr]).toEqual([0, expect.anything()]);
        return stdout;
      };
      const rerun = async (id: FlowRunId): Promise<void> => {
        expect(['FAILED', 'CRASHED']).toContain((await on.ended(id, 40)).state_type);
        const said: unknown = JSON.parse(await command(['flow-run', 'inspect', id, '--json']));
        expect(said).toMatchObject({ rerun: { command: `npx tributary flow-run retry ${id}` } });
        await command(['flow-run', 'retry', id]);
      };

      const worker = await on.startWorker('five', flags);
      const families = await Promise.all(steps.map(async (step) => ({ step, id: await on.trigger('root/here', { mark: step }) })));
      for (const { step } of families) await reached(step, 1);
      on.server.kill('SIGKILL');
      await on.server.ended;
      await on.startServer();
      for (const { step } of families) process.kill(await reached(step, 1), 'SIGKILL');
      for (const { id } of families) await rerun(id);
      for (const { step } of families) await reached(step, 2);
      worker.kill('SIGKILL');
      for (const { id } of families) await rerun(id);
      for (const step of steps) writeFileSync(`${file(step)}.go`, '');
      const next = await on.startWorker('six', flags);
      for (const { step, id } of families) {
        expect(await on.ended(id, 40)).toMatchObject({ state_type: 'COMPLETED', run_count: 3 });
        const done = notes(step).filter((line) => line.endsWith(' done'));
        expect([step, done]).toEqual([step, ['first done', 'second done', 'middle done', 'root done']]);
      }
      await next.stop();
    },
  );
});
