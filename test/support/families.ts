import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type FlowRunId, flowRunId } from '@tributary/contract';
import { retryFlowRun } from '@tributary/contract/client/retry-flow-run';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { expect, it } from 'vitest';
import { z } from 'zod';

import { callCommand } from '../../tools/cli/test-support/command.ts';
import { eventually } from './eventually.ts';
import type { Installation } from './installation.ts';

/** Flows of parents, children and grandchildren. They note what they do, and fail in their first attempt if their parameters say so. */
export const familyFiles: Readonly<Record<string, string>> = {
  'ints/family/flows/family.ts': `import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flow, run, runDeployment, task } from '@tributary/flow';
import { z } from 'zod';

const notes = () => join(run().dataDir, 'notes');
const note = (...words: string[]) => appendFileSync(notes(), words.join(' ') + '\\n');
const noted = (text: string) => existsSync(notes()) && readFileSync(notes(), 'utf8').split('\\n').includes(text);

async function ask(deployment: string, parameters: Record<string, unknown>): Promise<unknown> {
  const { state } = await runDeployment.unchecked(deployment, { parameters, pollInterval: '200ms' });
  if (state.type !== 'COMPLETED') throw new Error(deployment + ' ended as ' + state.name + ': ' + (state.message ?? ''));
  return z.object({ value: z.unknown() }).parse(state.data).value;
}

/** Answers its question. The first \`failures\` attempts fail. */
export const leaf = flow(
  { name: 'leaf', parameters: z.object({ mark: z.string(), question: z.string(), failures: z.int().default(0) }) },
  async ({ mark, question, failures }) => {
    note(mark, question, 'begins');
    if (run().attempt <= failures) throw new Error('no such table');
    note(mark, question, 'done');
    return question;
  },
);
export const middle = flow(
  { name: 'middle', parameters: z.object({ mark: z.string(), breaks: z.string() }) },
  async ({ mark, breaks }) => {
    await ask('leaf/here', { mark, question: 'first' });
    await ask('leaf/here', { mark, question: 'second', failures: breaks === 'leaf' ? 1 : 0 });
    if (breaks === 'middle' && run().attempt === 1) throw new Error('the middle breaks');
    note(mark, 'middle', 'done');
    return null;
  },
);
const inside = flow({ name: 'inside', parameters: z.object({ mark: z.string() }) }, ({ mark }) => ask('leaf/here', { mark, question: 'inside' }));
export const top = flow(
  { name: 'top', parameters: z.object({ mark: z.string(), breaks: z.string() }) },
  async ({ mark, breaks }) => {
    await ask('middle/here', { mark, breaks });
    await inside({ mark });
    if (breaks === 'top' && run().attempt === 1) throw new Error('the top breaks');
    note(mark, 'top', 'done');
  },
);
const days = ['monday', 'tuesday', 'wednesday'];
/** Asks its questions in the reverse order when it is retried. */
export const turned = flow({ name: 'turned', retries: 1, parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  const order = run().attempt === 1 ? days : days.toReversed();
  const answers = await Promise.all(order.map((question) => ask('leaf/here', { mark, question })));
  if (run().attempt === 1) throw new Error('again');
  return answers;
});
/** Asks the questions that have no answer yet. The first attempt fails after its first answer. */
export const missing = flow({ name: 'missing', retries: 1, parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  for (const question of days.filter((day) => !noted([mark, day, 'done'].join(' ')))) {
    await ask('leaf/here', { mark, question });
    if (run().attempt === 1) throw new Error('again');
  }
});
/** Asks the same question three times, in tasks with a retry. One of the three leaves fails in its first attempt. */
const tried = task({ name: 'tried', retries: 1 }, async (mark: string, failures: number) => {
  const answer = await ask('leaf/here', { mark, question: 'same', failures });
  note(mark, 'tried');
  return answer;
});
export const equal = flow({ name: 'equal', parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  await Promise.all([tried(mark, 0), tried(mark, 0), tried(mark, 1)]);
});
/** Asks a new question in each attempt. */
export const renewed = flow({ name: 'renewed', retries: 1, parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  await ask('leaf/here', { mark, question: 'at ' + Date.now() });
  if (run().attempt === 1) throw new Error('again');
});
/** Always fails, and calls a child flow as an alert after each failure. */
export const alarmed = flow(
  { name: 'alarmed', parameters: z.object({ mark: z.string() }), onFailure: ({ parameters }) => inside({ mark: String(parameters['mark']) }) },
  () => Promise.reject(new Error('again and again')),
);
/** Asks a question. After that, the first try waits until the timeout of its task aborts it. */
const patient = flow({ name: 'patient', parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  await ask('leaf/here', { mark, question: 'inside' });
  const isFirst = !noted(mark + ' waits');
  note(mark, 'waits');
  const { signal } = run();
  if (isFirst) await new Promise((_, stop) => signal.addEventListener('abort', () => stop(signal.reason)));
});
const hurried = task({ name: 'hurried', retries: 6, timeout: '5s' }, (mark: string) => patient({ mark }));
export const impatient = flow({ name: 'impatient', parameters: z.object({ mark: z.string() }) }, async ({ mark }) => {
  await hurried(mark);
});
/** Fails after its child has completed. */
export const lone = flow({ name: 'lone', parameters: z.object({ mark: z.string(), deployment: z.string() }) }, async ({ mark, deployment }) => {
  await ask(deployment, { mark, question: 'only' });
  if (run().attempt === 1) throw new Error('the lone one breaks');
});
`,
  'ints/family/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { alarmed, equal, impatient, leaf, lone, middle, missing, renewed, top, turned } from './flows/family.ts';

const name = 'here';
export const one = deployFactory({ name, flow: leaf });
export const two = deployFactory({ name, flow: middle });
export const three = deployFactory({ name, flow: top });
export const four = deployFactory({ name, flow: turned });
export const five = deployFactory({ name, flow: missing });
export const six = deployFactory({ name, flow: equal });
export const seven = deployFactory({ name, flow: renewed });
export const eight = deployFactory({ name, flow: lone });
export const nine = deployFactory({ name, flow: alarmed });
export const ten = deployFactory({ name, flow: impatient });
`,
  'ints/passing/deployments.ts': `import { deployFactory } from '@tributary/flow';
import { leaf } from '../family/flows/family.ts';

export const passing = deployFactory({ name: 'passing', flow: leaf });
`,
};

/** What `flow-run inspect --json` says about a failed run. */
const diagnosis = z.object({
  failure: z.object({ message: z.string(), chain: z.array(z.object({ id: flowRunId })), others: z.array(z.unknown()) }),
  rerun: z.object({ command: z.string() }),
});

type On = Pick<Installation, 'url' | 'client' | 'workspace' | 'command' | 'trigger' | 'deploy'> & {
  ended(id: FlowRunId, seconds?: number): Promise<FlowRun>;
};

/** Tests that each question is answered once and by its own run, on any server. @param seconds how long a family may take */
export function testFamilies(on: () => On, seconds: number): void {
  const notes = (mark: string): string[] => {
    const file = join(on().workspace.home, 'data', 'notes');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    return lines.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(mark.length + 1));
  };
  const times = (mark: string, text: string): number => notes(mark).filter((line) => line === text).length;
  const children = async (id: FlowRunId): Promise<FlowRun[]> =>
    (await on().client.filterFlowRuns({ body: { flow_runs: { parent_flow_run_id: { any_: [id] } } } })).data;
  const ended = (id: FlowRunId): Promise<FlowRun> => on().ended(id, seconds);
  const log = async (id: FlowRunId): Promise<string[]> =>
    (await on().client.filterLogs({ body: { logs: { flow_run_id: { any_: [id] } }, sort: 'TIMESTAMP_ASC' } })).data.map(
      ({ message }) => message,
    );
  const command = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await on().command(args).ended;
    expect([code, stderr]).toEqual([0, expect.anything()]);
    return stdout;
  };

  const diagnose = async (id: FlowRunId): Promise<z.output<typeof diagnosis>> => {
    const { url, workspace } = on();
    const { ended: called } = callCommand(['flow-run', 'inspect', id, '--json', '--url', url], { cwd: workspace.root });
    return diagnosis.parse(JSON.parse((await called).stdout));
  };

  it.concurrent.each([
    ['leaf', 'Continues', 'ended as Failed in attempt 1: leaf/here ended as Failed', 'no such table'],
    ['middle', 'Continues', 'ended as Failed in attempt 1: the middle breaks.', 'the middle breaks'],
    ['top', 'Took over', 'completed in attempt 1.', 'the top breaks'],
  ])(
    'a family of three levels says why its %s failed, continues by the command that it names, and each level completes once',
    async (breaks, verb, how, why) => {
      const mark = `levels-${breaks}`;
      const id = await on().trigger('top/here', { mark, breaks });
      expect(await ended(id)).toMatchObject({ state_type: 'FAILED' });
      const { failure, rerun } = await diagnose(id);
      expect(failure).toMatchObject({ message: why, chain: { length: { leaf: 3, middle: 2, top: 1 }[breaks] ?? 0 }, others: [] });
      // Whichever run of the chain is named, the command is the same.
      expect((await diagnose(failure.chain.at(-1)?.id ?? id)).rerun).toEqual(rerun);
      expect(rerun.command).toBe(`npx tributary flow-run retry ${id}`);
      await command(...rerun.command.split(' ').slice(2));
      expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
      for (const text of ['first done', 'second done', 'inside done', 'middle done', 'top done'])
        expect([text, times(mark, text)]).toEqual([text, 1]);
      expect([times(mark, 'first begins'), times(mark, 'second begins')]).toEqual([1, breaks === 'leaf' ? 2 : 1]);
      const below = await children(id);
      expect(below.map(({ state_type }) => state_type)).toEqual(['COMPLETED', 'COMPLETED']);
      const middle = below.find(({ deployment_id }) => deployment_id);
      expect(middle?.run_count).toBe(breaks === 'top' ? 1 : 2);
      expect(
        (await log(id)).some((line) => line.startsWith(`${verb} flow run "${middle?.name}" of deployment middle/here, which ${how}`)),
      ).toBe(true);
    },
  );

  it.concurrent.each(['run', 'deployment'])("a retried parent creates a new child if the first child's %s was deleted", async (what) => {
    const { client } = on();
    const mark = `deleted-${what}`;
    if (what === 'deployment') await on().deploy('passing');
    const deployment = what === 'run' ? 'leaf/here' : 'leaf/passing';
    const id = await on().trigger('lone/here', { mark, deployment });
    expect(await ended(id)).toMatchObject({ state_type: 'FAILED' });
    const [child] = await children(id);
    if (!child?.deployment_id) throw new Error('The parent has no child of a deployment.');
    if (what === 'run') await client.deleteFlowRun({ path: { id: child.id } });
    else {
      await client.deleteDeployment({ path: { id: child.deployment_id } });
      await on().deploy('passing');
    }
    await command('flow-run', 'retry', id);
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
    expect(times(mark, 'only done')).toBe(2);
    expect((await log(id)).filter((line) => line.startsWith('Created flow run'))).toHaveLength(2);
  });

  it.concurrent('each child answers its own question when its retried parent asks in another order', async () => {
    const id = await on().trigger('turned/here', { mark: 'turned' });
    expect(await ended(id)).toMatchObject({
      state_type: 'COMPLETED',
      run_count: 2,
      state: { data: { value: ['wednesday', 'tuesday', 'monday'] } },
    });
    for (const day of ['monday', 'tuesday', 'wednesday']) expect(times('turned', `${day} begins`)).toBe(1);
    expect(await children(id)).toHaveLength(3);
  });

  it.concurrent('each question is answered once when a retried parent asks only those without an answer', async () => {
    const id = await on().trigger('missing/here', { mark: 'missing' });
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
    expect(notes('missing').filter((line) => line.endsWith('done'))).toEqual(['monday done', 'tuesday done', 'wednesday done']);
  });

  it.concurrent('tasks that ask the same question have one child per call, also when a child is retried', async () => {
    const id = await on().trigger('equal/here', { mark: 'equal' });
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 1 });
    expect([times('equal', 'same begins'), times('equal', 'same done'), times('equal', 'tried')]).toEqual([4, 3, 3]);
    const counts = (await children(id)).map(({ run_count }) => run_count).toSorted();
    expect(counts).toEqual([1, 1, 2]);
  });

  it.concurrent('a retried parent that asks a new question names the child that it did not ask for again', async () => {
    const id = await on().trigger('renewed/here', { mark: 'renewed' });
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
    const [first] = (await children(id)).toSorted((one, other) => (one.created < other.created ? -1 : 1));
    const said = await command('flow-run', 'inspect', id);
    expect(said).toContain(`did not ask again for a child run of earlier attempts: "${first?.name}"`);
    expect(said).toContain('completed in attempt 1');
  });

  it.concurrent('each failed attempt calls its alert, which is a child flow in the same process', async () => {
    const id = await on().trigger('alarmed/here', { mark: 'alarmed' });
    for (const attempt of [1, 2]) {
      if (attempt > 1) await command('flow-run', 'retry', id);
      await eventually(
        () => times('alarmed', 'inside done'),
        (alerts) => alerts === attempt,
        seconds,
      );
      expect(await ended(id)).toMatchObject({ state_type: 'FAILED', run_count: attempt });
    }
  });

  it.concurrent('a child flow in the same process continues as the same run after its task timed out, and asks nothing twice', async () => {
    const id = await on().trigger('impatient/here', { mark: 'hurried' });
    expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED' });
    expect([times('hurried', 'waits'), times('hurried', 'inside done')]).toEqual([2, 1]);
    expect(await children(id)).toHaveLength(1);
  });

  it.concurrent.each([0, 100, 300])(
    'a child that is retried by hand %i ms after its parent runs once more, not twice',
    async (milliseconds) => {
      const mark = `both-${milliseconds}`;
      const id = await on().trigger('middle/here', { mark, breaks: 'leaf' });
      expect(await ended(id)).toMatchObject({ state_type: 'FAILED' });
      const child = (await children(id)).find(({ state_type }) => state_type === 'FAILED');
      if (!child) throw new Error('No child failed.');
      const { client } = on();
      const parent = await client.readFlowRun({ path: { id } });
      const how = { message: 'by hand', due: null, patience: 30 };
      await Promise.all([
        retryFlowRun(client, parent.data, how),
        new Promise((resolve) => setTimeout(resolve, milliseconds)).then(() => retryFlowRun(client, child, how)),
      ]);
      expect(await ended(id)).toMatchObject({ state_type: 'COMPLETED', run_count: 2 });
      expect([times(mark, 'second begins'), times(mark, 'second done'), times(mark, 'first begins')]).toEqual([2, 1, 1]);
      expect((await client.readFlowRun({ path: { id: child.id } })).data.run_count).toBe(2);
    },
  );
}
