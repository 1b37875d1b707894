import { readFileSync } from 'node:fs';
import type { FlowRunId } from '@tributary/contract';
import { taskRunId } from '@tributary/contract/id';
import type { State } from '@tributary/contract/nouns/state';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { type Journey, succeeded, travel } from './journey.ts';

const flows = `import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { exponentialBackoff, flow, logger, markdownArtifact, retryAfter, run, tableArtifact, task } from '@tributary/flow';
import { z } from 'zod';

const note = (mark: string, text: string) => appendFileSync(join(run().dataDir, mark), text + ';');

/** Fails until its last attempt. */
export const failing = flow(
  { name: 'failing', parameters: z.object({ mark: z.string(), until: z.int() }), retries: 2, retryDelay: '1s',
    onCompletion: () => logger.info('hook: completed'), onFailure: () => logger.info('hook: failed') },
  ({ mark, until }) => {
    const { attempt } = run();
    logger.info('attempt %d', attempt);
    note(mark, 'attempt ' + attempt);
    if (attempt <= until) throw new Error('not in attempt ' + attempt);
    return { attempt };
  },
);

/** Fails once, and then waits for a long time. */
export const patient = flow({ name: 'patient', retries: 1, retryDelay: '120s' }, () => {
  if (run().attempt === 1) throw new Error('not at once');
});

let calls = 0;
const listed = task({ name: 'listed', retryDelay: ['100ms', '300ms'] }, () => {
  calls += 1;
  logger.info('call %d', calls);
  if (calls < 3) throw new Error('call ' + calls);
  return calls;
});
const doubled = task({ name: 'doubled', retries: 2, retryDelay: exponentialBackoff('100ms'), retryJitter: 1 }, () => {
  throw new Error('never');
});
const picky = task({ name: 'picky', retries: 5, retryIf: (error) => error instanceof Error && error.message === 'once' }, (() => {
  let times = 0;
  return () => {
    times += 1;
    throw new Error(times === 1 ? 'once' : 'for good');
  };
})());
let asks = 0;
const asked = task({ name: 'asked' }, () => {
  asks += 1;
  if (asks < 3) throw retryAfter('1s', new Error('ask ' + asks));
});
const slow = task({ name: 'slow', timeout: '200ms' }, () => new Promise((resolve) => setTimeout(resolve, 5_000)));

export const trying = flow({ name: 'trying' }, async () => {
  const result = await listed();
  await asked();
  for (const broken of [doubled, picky, slow]) await broken().catch(() => undefined);
  return result;
});

export const late = flow({ name: 'late', timeout: '500ms' }, () => new Promise((resolve) => setTimeout(resolve, 10_000)));

export const giving = flow({ name: 'giving', parameters: z.object({ kind: z.enum(['object', 'nothing', 'huge', 'number']) }) }, ({ kind }) => {
  if (kind === 'object') return { rows: 3, names: ['a', 'ü'], none: null };
  if (kind === 'number') return 42;
  return kind === 'huge' ? 'x'.repeat(70_000) : undefined;
});

const speak = task({ name: 'speak' }, () => {
  logger.info('from the task');
});
export const talking = flow({ name: 'talking', parameters: z.object({ lines: z.int() }) }, async ({ lines }) => {
  logger.debug('quiet');
  logger.info('plain');
  logger.warning('careful');
  logger.error('bad');
  console.log('console', { a: 1 });
  console.error('console error');
  process.stdout.write('past the console\\n');
  logger.info('x'.repeat(1_200_000));
  await speak();
  for (let line = 0; line < lines; line += 1) logger.info('line ' + String(line).padStart(5, '0'));
});
`;
const deployments = `import { deployFactory } from '@tributary/flow';
import { failing, giving, late, patient, talking, trying } from './flows/runs.ts';

const name = 'here';
export const one = deployFactory({ name, flow: failing });
export const two = deployFactory({ name, flow: trying });
export const three = deployFactory({ name, flow: late });
export const four = deployFactory({ name, flow: giving });
export const five = deployFactory({ name, flow: talking });
export const six = deployFactory({ name, flow: patient });
`;

let on: Journey;
beforeAll(async () => {
  on = await travel({ 'ints/runs/flows/runs.ts': flows, 'ints/runs/deployments.ts': deployments });
  await on.deploy('runs');
  await on.startWorker('runs');
}, 180_000);
afterAll(() => on?.close());
const names = async (id: FlowRunId) => (await on.states(id)).map(({ name }) => name);

const waysToRetry: Record<string, (id: FlowRunId) => Promise<unknown>> = {
  'our command': (id) => succeeded(on.command(['flow-run', 'retry', id])),
  'Prefect’s command': (id) => succeeded(on.prefect.command(['flow-run', 'retry', id])),
  // Prefect's pages send this for "Retry".
  'Prefect’s UI': (id) => {
    const state = { type: 'SCHEDULED', name: 'AwaitingRetry', message: 'Retry from the UI' } as const;
    return on.client.setFlowRunState({ path: { id }, body: { state, force: false } });
  },
};

describe.concurrent('a flow with retries', () => {
  it('is retried by the server until it completes: each attempt counts, and has its logs', async () => {
    const id = await on.trigger('failing/here', { mark: 'twice', until: 2 });
    const run = await on.ended(id);
    expect(run).toMatchObject({ state_type: 'COMPLETED', run_count: 3, state: { data: { value: { attempt: 3 } } } });
    expect((await names(id)).filter((name) => name !== 'Submitting')).toEqual([
      'Scheduled',
      'Pending',
      'Running',
      'AwaitingRetry',
      'Running',
      'AwaitingRetry',
      'Running',
      'Completed',
    ]);
    expect(readFileSync(on.data('twice'), 'utf8')).toBe('attempt 1;attempt 2;attempt 3;');
    const spoken = await eventually(
      () => on.said(id),
      (said) => said.includes('hook: completed'),
    );
    expect(spoken).toEqual(expect.arrayContaining(['attempt 1', 'attempt 2', 'attempt 3']));
    expect(spoken).not.toContain('hook: failed');
  });

  it('fails with the message of its last attempt, after the configured waits', async () => {
    const id = await on.trigger('failing/here', { mark: 'always', until: 9 });
    expect(await on.ended(id)).toMatchObject({ state_type: 'FAILED', run_count: 3, state: { message: 'not in attempt 3' } });
    const states = await on.states(id);
    expectWaits(states, [1000, 1000]);
    await eventually(
      () => on.said(id),
      (said) => said.includes('hook: failed'),
    );
  });

  it.each(Object.entries(waysToRetry))('is retried by hand after it has failed, from %s', async (_, retry) => {
    const mark = `again-${crypto.randomUUID()}`;
    const id = await on.trigger('failing/here', { mark, until: 3 });
    expect((await on.ended(id)).state_type).toBe('FAILED');
    await retry(id);
    expect(await on.until(id, ['COMPLETED'])).toMatchObject({ run_count: 4 });
    expect(readFileSync(on.data(mark), 'utf8')).toBe('attempt 1;attempt 2;attempt 3;attempt 4;');
  });

  it('is retried by hand after it was cancelled while it waited for its retry', async () => {
    const id = await on.trigger('patient/here');
    await on.until(id, ['AwaitingRetry']);
    await succeeded(on.command(['flow-run', 'cancel', id]));
    expect((await on.ended(id)).state_type).toBe('CANCELLED');
    await succeeded(on.command(['flow-run', 'retry', id]));
    expect(await on.until(id, ['COMPLETED'], 60)).toMatchObject({ run_count: 2 });
  });

  it('ends as TimedOut if it takes too long', async () => {
    expect(await on.ended(await on.trigger('late/here'))).toMatchObject({
      state_type: 'FAILED',
      state_name: 'TimedOut',
      state: { message: expect.stringContaining('timeout of 0.5 s') },
    });
  });
});

describe('tasks with retries', () => {
  it('show each attempt: a list of delays, backoff with jitter, a condition, a delay of the error, a timeout', async () => {
    const id = await on.trigger('trying/here');
    expect((await on.ended(id)).state?.data).toEqual({ value: 3 });
    const tasks = new Map((await on.tasks(id, 5)).map((task) => [task.name.replace(/-\d+$/, ''), task]));
    expect(tasks.get('listed')).toMatchObject({ state_name: 'Completed', run_count: 3 });
    expect(tasks.get('doubled')).toMatchObject({ state_name: 'Failed', run_count: 3, state: { message: 'never' } });
    expect(tasks.get('picky')).toMatchObject({ state_name: 'Failed', run_count: 2, state: { message: 'for good' } });
    expect(tasks.get('slow')).toMatchObject({ state_name: 'TimedOut', run_count: 1 });
    const listed = await on.taskStates(z.parse(taskRunId, tasks.get('listed')?.id));
    expect(listed.map(({ name }) => name)).toEqual(['Running', 'AwaitingRetry', 'Retrying', 'AwaitingRetry', 'Retrying', 'Completed']);
    expectWaits(listed, [100, 300]);
    expect(tasks.get('asked')).toMatchObject({ state_name: 'Completed', run_count: 3, empirical_policy: { retries: 0 } });
    const asked = await on.taskStates(z.parse(taskRunId, tasks.get('asked')?.id));
    expect(asked.map(({ name }) => name)).toEqual(['Running', 'AwaitingRetry', 'Retrying', 'AwaitingRetry', 'Retrying', 'Completed']);
    expectWaits(asked, [1000, 1000]);
    expect(asked[1]).toMatchObject({ type: 'SCHEDULED', message: 'ask 1', state_details: { scheduled_time: expect.any(String) } });
    expectWaits(await on.taskStates(z.parse(taskRunId, tasks.get('doubled')?.id)), [100, 200]);
    const { data: logs } = await on.client.filterLogs({
      body: { logs: { task_run_id: { any_: [tasks.get('listed')?.id ?? ''] } }, sort: 'TIMESTAMP_ASC' },
    });
    const calls = logs.map(({ message }) => message).filter((message) => message.startsWith('call') && !message.includes('retr'));
    expect(calls).toEqual(['call 1', 'call 2', 'call 3']);
  });
});

describe('the result of a run', () => {
  it('is read by our command and by Prefect’s Python client alike', async () => {
    const [object, number, nothing, huge] = [
      await on.trigger('giving/here', { kind: 'object' }),
      await on.trigger('giving/here', { kind: 'number' }),
      await on.trigger('giving/here', { kind: 'nothing' }),
      await on.trigger('giving/here', { kind: 'huge' }),
    ];
    for (const id of [object, number, nothing, huge]) expect((await on.ended(id)).state_type).toBe('COMPLETED');
    const given = { value: { rows: 3, names: ['a', 'ü'], none: null } };
    const { stdout } = await succeeded(on.command(['flow-run', 'inspect', object, '--json']));
    expect(JSON.parse(stdout)).toMatchObject({ state: { data: given } });
    const printed = await on.python(`
import asyncio, json
from prefect.client.orchestration import get_client
async def main():
    async with get_client() as client:
        for id in ${JSON.stringify([object, number])}:
            run = await client.read_flow_run(id)
            result = run.state.result()
            print(json.dumps(await result if hasattr(result, '__await__') else result))
asyncio.run(main())`);
    expect(lines(printed)).toEqual([given, { value: 42 }]);
    expect((await on.read(nothing)).state?.data ?? null).toBeNull();
    expect((await on.read(huge)).state?.data ?? null).toBeNull();
    expect((await on.said(huge)).join()).toMatch(/70,002 bytes/);
  });
});

describe('the log of a run', () => {
  it('has order and levels, printed text, a line of more than a megabyte (cut), and 10,000 lines', async () => {
    const id = await on.trigger('talking/here', { lines: 10_000 });
    expect((await on.ended(id, 60)).state_type).toBe('COMPLETED');
    const first = await on.logs(id);
    const at = (text: string) => first.findIndex(({ message }) => message.startsWith(text));
    const spoken = ['quiet', 'plain', 'careful', 'bad', 'console { a: 1 }', 'console error'];
    expect(spoken.map((text) => first[at(text)]?.level)).toEqual([10, 20, 30, 40, 20, 40]);
    expect(spoken.map(at)).toEqual(spoken.map(at).toSorted((a, b) => a - b));
    expect(first[at('xxx')]?.message).toHaveLength(1_000_000);
    expect(first[at('from the task')]?.task_run_id).toBeTruthy();
    const numbered: string[] = [];
    for (let offset = 0; ; offset += 200) {
      const page = await on.logs(id, offset);
      numbered.push(...page.map(({ message }) => message).filter((message) => message.startsWith('line ')));
      if (page.length < 200) break;
    }
    expect(numbered).toHaveLength(10_000);
    expect(numbered).toEqual(numbered.toSorted());
    const followed = await succeeded(on.command(['flow-run', 'logs', id, '--json']));
    expect(followed.stdout).toContain('past the console');
    expect(followed.stdout).toContain('line 09999');
  });
});

/** Expects as many waits for retries as `least` has entries. Each wait lasts at least 0.9 times its entry, in milliseconds. */
function expectWaits(states: readonly State[], least: readonly number[]): void {
  const waits = states.flatMap(({ name, timestamp }, index) =>
    name === 'AwaitingRetry' ? [Date.parse(states[index + 1]?.timestamp ?? '') - Date.parse(timestamp)] : [],
  );
  expect(waits).toHaveLength(least.length);
  for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual((least[index] ?? 0) * 0.9);
}

function lines(printed: string): unknown[] {
  return printed
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}
