import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

import { type FlowRunId, flowRunId } from '@tributary/contract';
import { createClient } from '@tributary/contract/client';
import { type Labels, labelNames } from '@tributary/contract/nouns/label';
import type { State, StateProposal } from '@tributary/contract/nouns/state';
import { routes } from '@tributary/contract/routes';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';

import { eventually } from '../support/eventually.ts';
import { installOn, type Installation } from '../support/installation.ts';
import { descendants, type Running, survivors } from '../support/process.ts';
import { type Asked, type Proxy, startProxy } from '../support/proxy.ts';
import { type Prefect, startPrefect } from '../support/prefect/server.ts';
import { marking, readMarks } from './marks.ts';

const offer = z.object({ flow_run: z.object({ id: flowRunId }) });

let prefect: Prefect;
let proxy: Proxy;
let on: Installation;
let marks: ReturnType<typeof readMarks>;

beforeAll(async () => {
  prefect = await startPrefect();
  proxy = await startProxy(prefect.url);
  on = await installOn({ TRIBUTARY_API_URL: proxy.url }, marking);
  marks = readMarks(on.workspace.home);
  await on.deploy('marks');
});
afterAll(async () => {
  await on?.close();
  await proxy?.close();
  await prefect?.stop();
});

const statesOf = async (id: FlowRunId): Promise<State[]> =>
  (await on.client.readFlowRunStates({ query: { flow_run_id: id } })).data.toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1));
const polls = () => proxy.requests.filter(({ path }) => path.endsWith('/get_scheduled_flow_runs')).map(({ at }) => at);

afterEach(() => {
  proxy.fault = () => undefined;
  proxy.edit = (answer) => answer;
});

/** A fault that holds a run after its claim, before its host gets the ticket. */
const beforeTicket: Proxy['fault'] = ({ path }) => (path.endsWith('/labels') ? 'silence' : undefined);

const hostsOf = async (names: readonly string[]): Promise<number[]> =>
  (await Promise.all(names.map((mark) => marks.started(mark)))).flatMap(({ pids }) => pids);

/** Starts a worker, and stops it at the end of the test. */
async function startWorker(name: string, flags: readonly string[] = []): Promise<Running> {
  const worker = await on.startWorker(name, flags);
  onTestFinished(async () => void (await worker.stop()));
  return worker;
}

/** Triggers a run, and moves it to Running as another program would, such as Prefect's worker. */
async function take(deployment: `${string}/${string}`, labels: Labels = {}): Promise<FlowRunId> {
  const id = await on.trigger(deployment, { mark: 'taken' });
  for (const type of ['PENDING', 'RUNNING'] as const) await on.client.setFlowRunState({ path: { id }, body: { state: { type } } });
  await on.client.updateFlowRunLabels({ path: { id }, body: labels });
  return id;
}

describe('a worker on a Prefect server', () => {
  it('starts user code in less than half of the 9.8 s of Prefect’s own worker, and polls at most twice a second', async () => {
    await startWorker('polling');
    const waits: number[] = [];
    for (const mark of ['p1', 'p2', 'p3']) {
      const from = Date.now();
      const id = await on.trigger('work/here', { mark });
      waits.push((await marks.started(mark)).at - from);
      await on.ended(id);
      await sleep(1000);
    }
    expect(waits.toSorted((a, b) => a - b)[1]).toBeLessThan(4_900);
    const before = polls().length;
    await sleep(3000);
    expect(polls().length - before).toBeLessThanOrEqual(8);
  });

  it('shares runs with another worker of its pool: each run starts once', async () => {
    const offered: FlowRunId[] = [];
    proxy.edit = (answer, { path }) => {
      if (path.endsWith('/get_scheduled_flow_runs'))
        offered.push(
          ...z
            .array(offer)
            .parse(JSON.parse(answer.body))
            .map(({ flow_run }) => flow_run.id),
        );
      return answer;
    };
    const ids: FlowRunId[] = [];
    for (let n = 0; n < 60; n += 1) ids.push(await on.trigger('tick/here'));
    await Promise.all(['left', 'right'].map((name) => startWorker(name, ['--limit', '3'])));
    for (const id of ids) expect((await on.ended(id, 200)).state_type).toBe('COMPLETED');
    expect(marks.ticks().toSorted()).toEqual(ids.toSorted());
    // Some runs were offered to both workers.
    expect(new Set(offered).size).toBeLessThan(offered.length);
  }, 240_000);

  it.for<[string, 'before it looks' | 'before it proposes']>([
    ['after the poll', 'before it looks'],
    ['while its claim is lost on the way', 'before it proposes'],
  ])('does not execute a run that another worker has executed %s, and executes it once when it is retried', async ([, when]) => {
    await startWorker('late');
    const mark = when.replaceAll(' ', '-');
    const isStopped = ({ method, path, body }: Asked) =>
      when === 'before it looks'
        ? method === 'GET' && path.startsWith('/flow_runs/')
        : path.endsWith('/set_state') && body.includes('"PENDING"');
    proxy.fault = (asked) => (isStopped(asked) ? 'reset' : undefined);
    const from = proxy.requests.length;
    const id = await on.trigger('work/here', { mark });
    await eventually(() => proxy.requests.slice(from).some(isStopped), Boolean);
    const elsewhere = createClient(routes, { url: prefect.url, patience: 30 });
    for (const type of ['PENDING', 'RUNNING', 'FAILED'] as const)
      await elsewhere.setFlowRunState({ path: { id }, body: { state: { type } } });
    proxy.fault = () => undefined;
    await on.ended(await on.trigger('work/here', { mark: `${mark}-next` }));
    expect(marks.begun(mark)).toHaveLength(0);
    expect((await statesOf(id)).map(({ type }) => type)).toEqual(['SCHEDULED', 'PENDING', 'RUNNING', 'FAILED']);
    await on.client.setFlowRunState({ path: { id }, body: { state: { type: 'SCHEDULED', name: 'AwaitingRetry' } } });
    expect(await on.until(id, ['COMPLETED'])).toMatchObject({ run_count: 2 });
    expect(marks.begun(mark)).toHaveLength(1);
  });

  it('leaves a run in its last state if its claim arrives after another worker has executed it', async () => {
    await startWorker('held back');
    const { promise: executed, resolve: pass } = Promise.withResolvers<undefined>();
    let held = false;
    proxy.fault = ({ path, body }) => {
      if (held || !path.endsWith('/set_state') || !body.includes('"PENDING"')) return undefined;
      held = true;
      return executed;
    };
    const id = await on.trigger('work/here', { mark: 'held-back' });
    await eventually(() => held, Boolean);
    const elsewhere = createClient(routes, { url: prefect.url, patience: 30 });
    const failed = { type: 'FAILED', name: 'Broken', message: 'no', data: { value: 7 } } as const;
    for (const state of [{ type: 'PENDING' }, { type: 'RUNNING' }, failed] as const)
      await elsewhere.setFlowRunState({ path: { id }, body: { state } });
    pass(undefined);
    await on.ended(await on.trigger('work/here', { mark: 'held-back-next' }));
    expect(marks.begun('held-back')).toHaveLength(0);
    expect((await statesOf(id)).map(({ name }) => name)).toEqual(['Scheduled', 'Pending', 'Running', 'Broken', 'Pending', 'Broken']);
    expect(await on.read(id)).toMatchObject({ run_count: 1, state: failed });
  });

  it('stops and releases the runs that it has claimed but not started, and the next worker executes them once', async () => {
    const worker = await startWorker('stopping');
    proxy.fault = beforeTicket;
    const id = await on.trigger('work/here', { mark: 'back' });
    await on.until(id, ['PENDING']);
    const ended = await worker.stop();
    proxy.fault = () => undefined;
    expect(ended.code).toBe(0);
    expect(ended.stderr).toContain('released before it started');
    expect((await on.read(id)).state_type).toBe('SCHEDULED');
    await startWorker('next');
    expect((await on.ended(id)).state_type).toBe('COMPLETED');
    expect(marks.begun('back')).toHaveLength(1);
  });

  it('reports the process of a run, and how the process died', async () => {
    await startWorker('watching');
    const [killed, left] = [
      await on.trigger('work/here', { mark: 'killed', seconds: 60 }),
      await on.trigger('work/here', { mark: 'left', exit: 7 }),
    ];
    const { pids } = await marks.started('killed');
    expect((await on.read(killed)).infrastructure_pid).toBe(`${hostname()}:${pids[0]}`);
    process.kill(pids[0] ?? 0, 'SIGKILL');
    expect(await on.ended(killed, 3)).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('SIGKILL') } });
    expect(await on.ended(left, 3)).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('exit code 7') } });
    expect(await survivors(pids, 3)).toEqual([]);
  });
});

describe('of a worker killed with −9', () => {
  it('the hosts end within ten seconds, with all processes that they started, and say why', async () => {
    const worker = await startWorker('killed');
    const id = await on.trigger('work/here', { mark: 'orphan', seconds: 60 });
    const { pids } = await marks.started('orphan');
    const all = descendants(worker.pid);
    expect(all).toEqual(expect.arrayContaining([...pids]));
    worker.kill('SIGKILL');
    expect(await survivors(all, 10)).toEqual([]);
    expect(await on.ended(id, 1)).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('worker') } });
  });

  it('runs whose code returns within the grace are Completed, and all others are Crashed', async () => {
    const worker = await startWorker('returning', ['--limit', '6']);
    const runs = await Promise.all(
      [2.5, 4, 5.5, 7, 9, 30].map(async (seconds, nth) => {
        const mark = `returning-${nth}`;
        return { mark, id: await on.trigger('work/here', { mark, seconds: seconds + Math.random(), deaf: true }) };
      }),
    );
    await Promise.all(runs.map(({ mark }) => marks.started(mark)));
    const all = descendants(worker.pid);
    worker.kill('SIGKILL');
    const killed = Date.now();
    expect(await survivors(all, 12)).toEqual([]);
    const ended = await Promise.all(
      runs.map(async ({ mark, id }) => ({ type: (await on.ended(id, 1)).state_type, after: (marks.doneAt(mark)[0] ?? Infinity) - killed })),
    );
    // The grace is 7 s. Code that returns while the host reports its end may be too late, or just in time.
    const [inTime, tooLate] = [ended.filter(({ after }) => after < 6500), ended.filter(({ after }) => after === Infinity)];
    expect(inTime.map(({ type }) => type)).toEqual(inTime.map(() => 'COMPLETED'));
    expect(tooLate.map(({ type }) => type)).toEqual(tooLate.map(() => 'CRASHED'));
    expect([inTime.length, tooLate.length].every((count) => count > 0)).toBe(true);
  });

  it('the old process does not end runs that other programs have settled, retried and started again', async () => {
    const worker = await startWorker('old');
    const [settled, again] = [
      await on.trigger('work/here', { mark: 'settled', seconds: 4, deaf: true }),
      await on.trigger('work/here', { mark: 'elsewhere', seconds: 4, deaf: true }),
    ];
    await Promise.all([marks.started('settled'), marks.started('elsewhere')]);
    worker.kill('SIGKILL');
    const write = (id: FlowRunId, type: StateProposal['type']) => on.client.setFlowRunState({ path: { id }, body: { state: { type } } });
    await write(settled, 'CRASHED');
    for (const type of ['CRASHED', 'SCHEDULED', 'PENDING', 'RUNNING'] as const) await write(again, type);
    await expect.poll(() => [marks.done('settled'), marks.done('elsewhere')], { timeout: 15_000 }).toEqual([1, 1]);
    expect(await survivors(await hostsOf(['settled', 'elsewhere']), 12)).toEqual([]);
    expect((await on.read(settled)).state_type).toBe('CRASHED');
    expect((await on.read(again)).state_type).toBe('RUNNING');
  });

  it('only the runs that it was executing, or had claimed, are settled immediately when it starts again', async () => {
    const worker = await startWorker('again');
    const running = await on.trigger('work/here', { mark: 'again', seconds: 60 });
    const { pids } = await marks.started('again');
    proxy.fault = beforeTicket;
    const pending = await on.trigger('work/here', { mark: 'pending' });
    await on.until(pending, ['PENDING']);
    powerOff(worker, pids);
    proxy.fault = () => undefined;
    const python = await take('work/here');
    const elsewhere = await take('work/elsewhere', { [labelNames.worker]: 'again', [labelNames.boot]: crypto.randomUUID() });
    await startWorker('again');
    for (const id of [running, pending])
      expect(await on.ended(id, 5)).toMatchObject({
        state_type: 'CRASHED',
        state: { message: expect.stringContaining('"again" restarted') },
      });
    const next = await on.trigger('work/here', { mark: 'after' });
    expect((await on.ended(next)).state_type).toBe('COMPLETED');
    for (const id of [python, elsewhere]) expect((await on.read(id)).state_type).toBe('RUNNING');
  });

  it('another worker of the pool settles its runs when its heartbeat has expired, but no run of a worker that is alive', async () => {
    const flags = ['--heartbeat-seconds', '1'];
    await startWorker('living', [...flags, '--limit', '1']);
    const kept = await on.trigger('work/here', { mark: 'kept', seconds: 14 });
    await marks.started('kept');
    const dead = await startWorker('dead', flags);
    const lost = await on.trigger('work/here', { mark: 'lost', seconds: 60 });
    const { pids } = await marks.started('lost');
    expect((await on.read(lost)).labels?.[labelNames.worker]).toBe('dead');
    powerOff(dead, pids);
    expect(await on.ended(lost, 12)).toMatchObject({ state_type: 'CRASHED', state: { message: expect.stringContaining('"dead"') } });
    expect((await statesOf(lost)).filter(({ type }) => type === 'CRASHED')).toHaveLength(1);
    await startWorker('other', flags);
    expect((await on.ended(kept, 30)).state_type).toBe('COMPLETED');
  });
});

/** Simulates a power failure: kills all processes at once, so that none can report anything. */
function powerOff(worker: Running, pids: readonly number[]): void {
  const all = [worker.pid, ...descendants(worker.pid), ...pids];
  for (const pid of all) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The process has already ended, together with its parent.
    }
  }
}
