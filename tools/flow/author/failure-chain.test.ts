import { expect, it } from 'vitest';

import { record } from '../run/test-support/recording-run.ts';
import { createFlowRun } from './children/create-flow-run.ts';
import { resultOf } from './children/result-of.ts';
import { withDeployments } from './children/with-deployments.ts';
import { flow } from './flow.ts';
import { task } from './task.ts';

const broken = new Error('no such table');
const load = task({ name: 'load' }, () => Promise.reject(broken));
const messageAfter = async (body: () => unknown): Promise<string | null | undefined> =>
  (await record().start(flow({ name: 'parent' }, body))).state?.message;

it('names the task in which a failure began, and not the tasks that called it', async () => {
  const outer = task({ name: 'outer' }, () => load());
  expect(await messageAfter(() => outer())).toBe('Task "load-0" failed: no such table');
  expect(await messageAfter(() => load.submit().result())).toBe('Task "load-0" failed: no such table');
  expect(await messageAfter(() => Promise.reject(broken))).toBe('no such table');
});

it('names the child flows in this process, the task of each, and each once', async () => {
  const inner = flow({ name: 'inner' }, () => load());
  const middle = flow({ name: 'middle' }, () => inner());
  const call = task({ name: 'call' }, () => middle());
  const run = (name: string) => `Flow run "${name}-[\\w-]+" \\([\\w-]{36}\\) failed: `;
  expect(await messageAfter(() => call())).toMatch(
    new RegExp(`^Task "call-0" failed: ${run('middle')}${run('inner')}Task "load-0" failed: no such table$`),
  );
});

it('names a task or flow run that took too long once', async () => {
  const slow = task({ name: 'slow', timeout: '10ms' }, () => new Promise(() => undefined));
  expect(await messageAfter(() => slow())).toBe('Task "slow-0" took longer than its timeout of 0.01 s.');
  const late = flow({ name: 'late', timeout: '10ms' }, () => new Promise(() => undefined));
  expect(await messageAfter(() => late())).toMatch(/^Flow run "late-\w+" took longer than its timeout of 0\.01 s\.$/);
});

it('a raised failure says the name of a run that took too long once, with its id', async () => {
  const child = await withDeployments.unchecked({ 'el/load': () => 1 }, () => createFlowRun.unchecked('el/load'));
  const message = `Flow run "${child.name}" took longer than its timeout of 5 s.`;
  expect(() => resultOf({ ...child, state: { ...child.state, type: 'FAILED', name: 'TimedOut', message } })).toThrow(
    `Flow run "${child.name}" (${child.id}) of deployment el/load ended as TimedOut: took longer than its timeout of 5 s.`,
  );
});
