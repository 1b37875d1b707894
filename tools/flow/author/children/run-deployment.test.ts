import { TributaryError } from '@tributary/contract/error';
import { type FlowRunId, newId, type StateId } from '@tributary/contract/id';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';

import type { DeploymentPort, FlowRunRequest, StandInCreate } from '../../run/engine-port.ts';
import type { State, StateType } from '@tributary/contract/nouns/state';
import { record } from '../../run/test-support/recording-run.ts';
import { externalDeployment } from './external-deployment.ts';
import { flow } from '../flow.ts';
import { run } from '../run.ts';
import { runDeployment } from './run-deployment.ts';
import { task } from '../task.ts';
import { withDeployments } from './with-deployments.ts';

const fire = runDeployment.unchecked;

/** Runs the body with stubs of deployments. The body gets lists of the stand-ins and runs that were requested so far. */
async function spied<Result>(
  stubs: Parameters<typeof withDeployments.unchecked>[0],
  body: (asked: { standIns: StandInCreate[]; requests: FlowRunRequest[]; record: typeof record }) => Promise<Result>,
): Promise<Result> {
  const standIns: StandInCreate[] = [];
  const requests: FlowRunRequest[] = [];
  return withDeployments.unchecked(stubs, () => {
    const port = record().port.deployments;
    if (!port) throw new Error('no stubs');
    const deployments: DeploymentPort = {
      ...port,
      createStandIn: (standIn) => {
        standIns.push(standIn);
        return port.createStandIn(standIn);
      },
      createFlowRun: (id, request) => {
        requests.push(request);
        return port.createFlowRun(id, request);
      },
    };
    return body({ standIns, requests, record: () => record({ deployments }) });
  });
}

it('waits for the end of the run, and returns a failed one without throwing', async () => {
  const build = vi.fn<(parameters: Readonly<Record<string, unknown>>) => unknown>(({ models }) => {
    if (models === 'broken') throw new Error('model failed');
    return { rows: 3 };
  });
  const parent = flow({ name: 'parent' }, () =>
    Promise.all(['a+', 'broken'].map((models) => fire('dbt/build', { parameters: { models } }))),
  );
  const [good, bad] = await withDeployments.unchecked({ 'dbt/build': build }, () => parent());
  expect(good?.state).toMatchObject({ type: 'COMPLETED', data: { value: { rows: 3 } } });
  expect(bad?.state).toMatchObject({ type: 'FAILED', message: 'model failed' });
  expect(build.mock.calls[0]?.[0]).toEqual({ models: 'a+' });
});

it('timeout 0 returns immediately; a short timeout returns the run as last read', async () => {
  const gate = Promise.withResolvers<void>();
  const slow = (): Promise<void> => gate.promise;
  const types = await withDeployments.unchecked({ 'dbt/build': slow }, async () => {
    const launched = await fire('dbt/build', { timeout: 0 });
    const begin = performance.now();
    const waited = await fire('dbt/build', { timeout: '50ms', pollInterval: '10ms', idempotencyKey: 'k' });
    expect(performance.now() - begin).toBeLessThan(10_000);
    gate.resolve();
    const again = await fire('dbt/build', { idempotencyKey: 'k' });
    expect(again.id).toBe(waited.id);
    return [launched, waited, again].map(({ state }) => state.type);
  });
  expect(types).toEqual(['SCHEDULED', 'SCHEDULED', 'COMPLETED']);
}, 5000);

it('the child is linked by a stand-in task run with the edges of its parameters, and has all options', async () => {
  const load = task({ name: 'load' }, async () => ({ file: 'a.jsonl' }));
  await spied({ 'dbt/build': () => 1 }, async ({ standIns, requests, record: recorder }) => {
    const recording = recorder();
    const parent = flow({ name: 'parent' }, async () => {
      const source = load.submit();
      await fire('dbt/build', {
        parameters: { source },
        tags: ['nightly'],
        scheduledTime: new Date('2030-01-02T03:04:05Z'),
        flowRunName: 'build it',
        jobVariables: { env: { A: 'b' } },
      });
      return run().flowRunId;
    });
    const outcome = await recording.start(parent);
    if (!outcome.completed) throw outcome.error;
    const id = recording.reports[0]?.task_run.id;
    expect(standIns).toEqual([
      {
        flow_run_id: outcome.value,
        name: 'build it',
        task_key: 'prefect.deployments.flow_runs.run_deployment.dbt-build',
        dynamic_key: expect.stringMatching(/^[0-9a-f]{32}-0$/),
        tags: ['nightly'],
        task_inputs: { source: [{ input_type: 'task_run', id }] },
      },
    ]);
    expect(requests).toMatchObject([
      {
        name: 'build it',
        parameters: { source: { file: 'a.jsonl' } },
        tags: ['nightly'],
        job_variables: { env: { A: 'b' } },
        state: { type: 'SCHEDULED', state_details: { scheduled_time: '2030-01-02T03:04:05.000000Z' } },
        idempotency_key: `${String(outcome.value)}:${standIns[0]?.dynamic_key}`,
        parent_task_run_id: expect.any(String),
      },
    ]);
  });
});

it('asSubflow: false creates a run without a parent', async () => {
  await spied({ 'dbt/build': () => 1 }, async ({ standIns, requests, record: recorder }) => {
    await recorder().start(flow({ name: 'parent' }, () => fire('dbt/build', { asSubflow: false })));
    expect(standIns).toEqual([]);
    expect(requests[0]).not.toHaveProperty('parent_task_run_id');
  });
});

it('a retried flow takes over completed children, and continues a failed child as the same run', async () => {
  const load = vi.fn<() => string>(() => 'loaded');
  let builds = 0;
  const built: string[] = [];
  const parent = flow({ name: 'parent', retries: 2 }, async () => {
    await fire('el/load');
    const child = await fire('dbt/build');
    built.push(child.id);
    if (child.state.type !== 'COMPLETED') throw new Error(`the build ended as ${child.state.name}`);
  });
  const flaky = (): number => {
    builds += 1;
    if (builds < 3) throw new Error('no');
    return builds;
  };
  await withDeployments.unchecked({ 'el/load': load, 'dbt/build': flaky }, async () => {
    const recording = record();
    expect((await recording.start(parent)).completed).toBe(true);
    const said = recording.lines().map((line) => /^(\S+ ?(?:over)?) flow run/.exec(line)?.[1]?.trim());
    expect(said.filter(Boolean)).toEqual(['Created', 'Created', 'Took over', 'Continues', 'Took over', 'Continues']);
    expect(recording.lines()).toContainEqual(
      expect.stringMatching(/^Took over flow run "\S+" of deployment el\/load, which completed in attempt 1\.$/),
    );
  });
  expect(load).toHaveBeenCalledTimes(1);
  expect(builds).toBe(3);
  expect(new Set(built).size).toBe(1);
});

it('children are matched by their options, in any order of calls and keys', async () => {
  const loaded: unknown[] = [];
  const load = ({ day }: Readonly<Record<string, unknown>>): unknown => {
    loaded.push(day);
    return day;
  };
  const days = ['monday', 'tuesday', 'wednesday'];
  const answers: unknown[] = [];
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    const { attempt } = run();
    for (const day of attempt === 1 ? days : days.toReversed()) {
      const child = await fire('el/load', { parameters: attempt === 1 ? { day, full: true } : { full: true, day } });
      answers.push([day, child.state.data]);
    }
    if (attempt === 1) throw new Error('again');
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    expect((await record().start(parent)).completed).toBe(true);
  });
  expect(loaded).toEqual(days);
  expect(answers).toEqual([...days, ...days.toReversed()].map((day) => [day, { value: day }]));
});

it('a call that an earlier attempt did not reach creates its own child', async () => {
  const loaded: unknown[] = [];
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    const missing = ['a', 'b', 'c'].filter((table) => !loaded.includes(table));
    for (const table of missing) {
      await fire('el/load', { parameters: { table } });
      if (table === 'a') throw new Error('the disk is full');
    }
  });
  await withDeployments.unchecked({ 'el/load': ({ table }) => void loaded.push(table) }, async () => {
    expect((await record().start(parent)).completed).toBe(true);
  });
  expect(loaded).toEqual(['a', 'b', 'c']);
});

it('equal calls create one run each, and every attempt gets the same runs', async () => {
  let runs = 0;
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    const children = await Promise.all([1, 2, 3].map(() => fire('el/load', { parameters: { day: 'monday' } })));
    if (run().attempt === 1) throw new Error('again');
    return children.map(({ id }) => id);
  });
  await withDeployments.unchecked({ 'el/load': () => (runs += 1) }, async () => {
    const outcome = await record().start(parent);
    if (!outcome.completed) throw outcome.error;
    expect(new Set(z.array(z.string()).parse(outcome.value)).size).toBe(3);
  });
  expect(runs).toBe(3);
});

it('a retried task gets its earlier children, also through the tasks and flows that it calls, and creates new ones after them', async () => {
  const loaded: unknown[] = [];
  const load = ({ day }: Readonly<Record<string, unknown>>): void => void loaded.push(day);
  let tries = 0;
  const inner = task({ name: 'inner' }, (day: string) => fire('el/load', { parameters: { day } }));
  const child = flow({ name: 'child', parameters: z.object({ day: z.string() }) }, ({ day }) => fire('el/load', { parameters: { day } }));
  const outer = task({ name: 'outer', retries: 2 }, async () => {
    tries += 1;
    await fire('el/load', { parameters: { day: 'monday' } });
    await inner('monday');
    await child({ day: 'monday' });
    if (tries < 3) throw new Error('not yet');
    await fire('el/load', { parameters: { day: 'monday' } });
  });
  const parent = flow({ name: 'parent' }, async () => {
    await outer();
    await fire('el/load', { parameters: { day: 'monday' } });
  });
  await withDeployments.unchecked({ 'el/load': load }, async () => {
    expect((await record().start(parent)).completed).toBe(true);
  });
  expect(loaded).toHaveLength(5);
});

it('a failed child continues when the task that waited for it is retried', async () => {
  let runs = 0;
  const seen: string[] = [];
  const build = task({ name: 'build', retries: 2 }, async () => {
    const { id, state } = await fire('dbt/build');
    seen.push(id);
    if (state.type !== 'COMPLETED') throw new Error(state.message ?? '');
  });
  const flaky = (): void => {
    runs += 1;
    if (runs < 3) throw new Error('no');
  };
  await withDeployments.unchecked({ 'dbt/build': flaky }, async () => {
    expect((await record().start(flow({ name: 'parent' }, () => build()))).completed).toBe(true);
  });
  expect([runs, seen.length, new Set(seen).size]).toEqual([3, 3, 1]);
});

it('a child that failed in this attempt is returned as failed', async () => {
  const gate = Promise.withResolvers<never>();
  const build = vi.fn<() => Promise<never>>(() => gate.promise);
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    if (run().attempt === 1) {
      await fire('dbt/build', { timeout: 0 });
      throw new Error('again');
    }
    gate.reject(new Error('no such table\nas said'));
    await vi.waitFor(() => expect(build.mock.settledResults[0]?.type).toBe('rejected'), 30_000);
    const { state } = await fire('dbt/build');
    return [state.type, state.message];
  });
  await withDeployments.unchecked({ 'dbt/build': build }, async () => {
    const recording = record();
    expect(await recording.start(parent)).toMatchObject({ completed: true, value: ['FAILED', 'no such table\nas said'] });
    expect(recording.lines()).toContainEqual(expect.stringMatching(/^Took over .* which ended as Failed in attempt 2: no such table\.$/));
  });
  expect(build).toHaveBeenCalledTimes(1);
});

it.each([
  ['is being cancelled', false],
  ['was being cancelled when this attempt began', true],
])('a child that %s continues once it has ended', async (_, hasEnded) => {
  const hang = Promise.withResolvers<null>();
  await withDeployments.unchecked({ 'dbt/build': () => hang.promise }, async () => {
    const stubs = record().port.deployments ?? fail();
    const recording = record();
    let child: FlowRun | undefined;
    const move = (type: StateType, at = recording.port.clock()): FlowRun => {
      const before = child ?? fail();
      const state = { ...(before.state ?? fail()), id: newId<StateId>(), type, name: type, timestamp: at };
      return (child = { ...before, state, state_id: state.id, state_type: type });
    };
    const cancelled: State[] = [];
    const retryFlowRun = vi.fn<DeploymentPort['retryFlowRun']>(async () => move('COMPLETED'));
    const deployments: DeploymentPort = {
      ...stubs,
      createFlowRun: async (id, request) => (child ??= await stubs.createFlowRun(id, request)),
      readFlowRun: () => Promise.resolve(move('CANCELLED')),
      readStates: () => Promise.resolve(cancelled),
      retryFlowRun,
    };
    Object.defineProperty(recording.port, 'deployments', { value: deployments });
    const parent = flow({ name: 'parent', retries: 1 }, async () => {
      if (run().attempt === 2) return (await fire('dbt/build')).state.type;
      await fire('dbt/build', { timeout: 0 });
      cancelled.push(move('CANCELLING').state ?? fail());
      throw new Error('again');
    });
    const { beginAttempt } = recording.port;
    recording.port.beginAttempt = async (ticket) => {
      const entry = await beginAttempt(ticket);
      if (hasEnded && cancelled.length > 0) cancelled.push(move('CANCELLED').state ?? fail());
      return entry;
    };
    const outcome = await recording.start(parent);
    hang.resolve(null);
    expect(outcome).toMatchObject({ completed: true, value: 'COMPLETED' });
    expect(retryFlowRun).toHaveBeenCalledTimes(1);
    expect(recording.lines()).toContainEqual(expect.stringMatching(/^Continues flow run/));
  });
});

it('a run that continues after a suspension is still in the attempt in which its children ended, and returns them as failed', async () => {
  const build = vi.fn<() => void>(() => {
    throw new Error('no such table');
  });
  const parent = flow({ name: 'parent' }, async () => (await fire('dbt/build')).state.type);
  await withDeployments.unchecked({ 'dbt/build': build }, async () => {
    const deployments = record().port.deployments ?? fail();
    const states: State[] = [];
    const recording = record({ deployments: { ...deployments, readStates: () => Promise.resolve(states) } });
    const { beginAttempt } = recording.port;
    recording.port.beginAttempt = async (ticket) => {
      const entry = await beginAttempt(ticket);
      if (!entry.go) return entry;
      if (states.length > 0) states.push({ ...entry.state, type: 'PAUSED', timestamp: recording.port.clock() });
      const running = { ...entry.state, timestamp: recording.port.clock() };
      states.push(running);
      return { ...entry, state: running };
    };
    const facts = { flowRunId: newId<FlowRunId>() };
    expect(await recording.start(parent, {}, facts)).toMatchObject({ value: 'FAILED' });
    expect(await recording.start(parent, {}, facts)).toMatchObject({ value: 'FAILED' });
  });
  expect(build).toHaveBeenCalledTimes(1);
});

it('a child with the author’s own key keeps its final state', async () => {
  const build = vi.fn<() => void>(() => {
    throw new Error('no');
  });
  const parent = flow({ name: 'parent', retries: 2 }, async () => {
    const { state } = await fire('dbt/build', { idempotencyKey: 'nightly' });
    if (state.type !== 'COMPLETED') throw new Error(state.name);
  });
  await withDeployments.unchecked({ 'dbt/build': build }, async () => {
    expect((await record().start(parent)).completed).toBe(false);
  });
  expect(build).toHaveBeenCalledTimes(1);
});

it('an attempt that calls with new parameters warns about the child that it did not ask for again', async () => {
  let stamp = 0;
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    stamp += 1;
    const { name } = await fire('el/load', { parameters: { stamp } });
    if (run().attempt === 1) throw new Error(name);
  });
  await withDeployments.unchecked({ 'el/load': () => null }, async () => {
    const recording = record();
    const { state } = await recording.start(parent);
    const [first] = recording.lines();
    const name = /"([^"]+)"/.exec(first ?? '')?.[1] ?? '?';
    expect(state?.message).toContain(`"${name}"`);
    expect(state?.message).toMatch(
      /^Attempt 2 did not ask again for a child run of earlier attempts: .* completed in attempt 1\. If the attempt asked for something new/,
    );
    expect(recording.logs).toContainEqual(expect.objectContaining({ level: 30, message: state?.message }));
  });
});

it('a completed attempt names the failed and unfinished children that it did not ask for, equal calls included', async () => {
  const gate = Promise.withResolvers<void>();
  const names: string[] = [];
  const parent = flow({ name: 'parent', retries: 1 }, async () => {
    const { attempt } = run();
    const calls = attempt === 1 ? ['fails', 'fails', 'hangs', 'completes'] : ['fails'];
    for (const what of calls)
      names.push((await fire('el/load', { parameters: { what }, ...(what === 'hangs' ? { timeout: 0 } : {}) })).name);
    if (attempt === 1) throw new Error('again');
  });
  const stub = ({ what }: Readonly<Record<string, unknown>>): unknown => {
    if (what === 'fails') throw new Error('no such table');
    return what === 'hangs' ? gate.promise : null;
  };
  await withDeployments.unchecked({ 'el/load': stub }, async () => {
    const { state } = await record().start(parent);
    gate.resolve();
    expect(state?.type).toBe('COMPLETED');
    expect(state?.message).toMatch(/^Attempt 2 did not ask again for 2 child runs/);
    for (const [index, isNamed] of [false, true, true, false].entries())
      expect(state?.message?.includes(`"${names[index]}"`)).toBe(isNamed);
    expect(state?.message).toContain('ended as Failed in attempt 1: no such table');
  });
});

it('hooks create their runs again after each attempt', async () => {
  const alert = vi.fn<() => void>();
  const hook = (): Promise<unknown> => fire('ops/alert');
  const broken = flow({ name: 'broken', onFailure: hook }, () => Promise.reject(new Error('no')));
  await withDeployments.unchecked({ 'ops/alert': alert }, async () => {
    const recording = record();
    const facts = { flowRunId: newId<FlowRunId>() };
    const { beginAttempt } = recording.port;
    for (const attempt of [1, 2, 2]) {
      recording.port.beginAttempt = async (ticket) => ({ ...(await beginAttempt(ticket)), attempt });
      await recording.start(broken, {}, facts);
    }
  });
  expect(alert).toHaveBeenCalledTimes(2);
});

it('a child that failed before its creation was answered is not created again', async () => {
  const recording = record();
  await withDeployments.unchecked({ 'a/b': () => 1 }, async () => {
    const stubs = recording.port.deployments;
    if (!stubs) throw new Error('no stubs');
    const createFlowRun = vi.fn<DeploymentPort['createFlowRun']>(async (id, request) => {
      const created = await stubs.createFlowRun(id, request);
      return { ...created, state: { ...(created.state ?? fail()), type: 'FAILED', name: 'Failed' } };
    });
    Object.defineProperty(recording.port, 'deployments', { value: { ...stubs, createFlowRun } });
    await recording.start(flow({ name: 'f' }, () => fire('a/b')));
    expect(createFlowRun).toHaveBeenCalledTimes(1);
  });
});

it('a cancel ends the wait for a child', async () => {
  const hang = new Promise<void>(() => undefined);
  const recording = record();
  setTimeout(() => recording.cancel(new TributaryError('cancelled', 'by Ada')), 30);
  const waited = withDeployments.unchecked({ 'a/b': () => Promise.race([hang, recording.start(flow({ name: 'x' }, () => 1))]) }, () =>
    recording.start(flow({ name: 'f' }, () => fire('a/b', { pollInterval: 3600 }))),
  );
  expect((await waited).state).toMatchObject({ type: 'CANCELLED', message: 'by Ada' });
});

it('an unknown deployment is refused with the nearest name; an invalid name or time is refused', async () => {
  await withDeployments.unchecked({ 'dbt-command-flow/dbt_downstream_model': () => 1 }, async () => {
    await expect(fire('dbt-command-flow/dbt_downstrem_model')).rejects.toThrow(
      'There is no deployment "dbt-command-flow/dbt_downstrem_model". Did you mean "dbt-command-flow/dbt_downstream_model"?',
    );
    await expect(fire('quite/other-thing')).rejects.toThrow('Deploy it first');
    await expect(fire('nightly')).rejects.toThrow('write flow/deployment');
    await expect(fire('a/b', { timeout: -1 })).rejects.toThrow('timeout of runDeployment("a/b") is -1');
    await expect(fire('a/b', { scheduledTime: 'tomorrow' })).rejects.toThrow('scheduledTime of runDeployment("a/b") is "tomorrow"');
  });
});

it.each([
  ['a bigint', { parameters: { size: 10n } }, 'parameters.size is the bigint 10: write it as a text'],
  [
    'a rounded integer',
    { parameters: { ids: [1, 2 ** 60] } },
    'parameters.ids[1] is 1152921504606847000, an integer that JavaScript may have rounded',
  ],
  ['one among the job variables', { jobVariables: { env: { ID: -(2 ** 54) } } }, 'jobVariables.env.ID is -18014398509481984'],
  ['a cycle', { parameters: cyclic() }, 'circular'],
])('%s is refused with its path', async (_, options, reason) => {
  const parent = flow({ name: 'parent' }, () => fire('a/b', options));
  const stub = vi.fn<() => void>();
  await expect(withDeployments.unchecked({ 'a/b': stub }, () => parent())).rejects.toMatchObject({
    code: 'invalid_parameters',
    message: expect.stringMatching(
      new RegExp(`^runDeployment\\("a/b"\\) can't send its parameters as JSON: .*${RegExp.escape(reason)}`, 's'),
    ),
  });
  expect(stub).not.toHaveBeenCalled();
});

it('child flows that differ by a bigint are different runs', async () => {
  const child = flow({ name: 'child', parameters: z.object({ id: z.bigint() }) }, ({ id }) => `${id}`);
  const parent = flow({ name: 'parent' }, () => Promise.all([child({ id: 2n ** 60n }), child({ id: 2n ** 60n + 1n })]));
  expect(await parent()).toEqual(['1152921504606846976', '1152921504606846977']);
});

it('without a server runDeployment fails with how to start one and how to stub the deployment', async () => {
  const alone = flow({ name: 'alone' }, () => fire('a/b', { timeout: 0 }));
  await expect(alone()).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/npx tributary dev.*withDeployments/),
  });
});

it('parameters for an external deployment are checked before a run is created', async () => {
  const nightly = externalDeployment('py-flow/nightly', z.object({ day: z.iso.date() }));
  const stub = vi.fn<() => void>();
  await withDeployments.unchecked({ 'py-flow/nightly': stub }, async () => {
    await expect(runDeployment(nightly, { parameters: { day: 'monday' } })).rejects.toThrow(/py-flow\/nightly are not valid: day:/);
    expect(stub).not.toHaveBeenCalled();
    expect((await runDeployment(nightly, { parameters: { day: '2026-01-01' } })).state.type).toBe('COMPLETED');
  });
  expect(() => externalDeployment('nightly', z.object({}))).toThrow('write flow/deployment');
});

function cyclic(): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  parameters['self'] = parameters;
  return parameters;
}

function fail(): never {
  throw new Error('no state');
}
