import { TributaryError } from '@tributary/contract/error';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';

import type { DeploymentPort, FlowRunRequest, StandInCreate } from '../run/engine-port.ts';
import { record } from '../run/test-support/recording-run.ts';
import { externalDeployment } from './external-deployment.ts';
import { flow } from './flow.ts';
import { run } from './run.ts';
import { runDeployment } from './run-deployment.ts';
import { task } from './task.ts';
import { withDeployments } from './with-deployments.ts';

const fire = runDeployment.unchecked;

/** Stand-ins for deployments, and what was asked of them. */
async function spied<Result>(
  stubs: Parameters<typeof withDeployments.unchecked>[0],
  body: (asked: { standIns: StandInCreate[]; requests: FlowRunRequest[]; record: typeof record }) => Promise<Result>,
): Promise<Result> {
  const standIns: StandInCreate[] = [];
  const requests: FlowRunRequest[] = [];
  return withDeployments.unchecked(stubs, () => {
    const port = record().port.deployments;
    if (!port) throw new Error('no stand-ins');
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

test('waits for the end of the run, and returns a failed one without throwing', async () => {
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

test('timeout 0 launches and leaves; a short one returns the run as last read', async () => {
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

test('the child is linked by a stand-in task, with the edges of its parameters, and carries all that was asked for', async () => {
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
        dynamic_key: '0',
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
        idempotency_key: `${String(outcome.value)}:dbt/build:0:0`,
        parent_task_run_id: expect.any(String),
      },
    ]);
  });
});

test('asSubflow: false has no parent', async () => {
  await spied({ 'dbt/build': () => 1 }, async ({ standIns, requests, record: recorder }) => {
    await recorder().start(flow({ name: 'parent' }, () => fire('dbt/build', { asSubflow: false })));
    expect(standIns).toEqual([]);
    expect(requests[0]).not.toHaveProperty('parent_task_run_id');
  });
});

test('a retried flow adopts the children that completed, and follows one that failed by a new one', async () => {
  const load = vi.fn<() => string>(() => 'loaded');
  const keys: (string | null | undefined)[] = [];
  let builds = 0;
  const parent = flow({ name: 'parent', retries: 2 }, async () => {
    const loaded = await fire('el/load');
    const built = await fire('dbt/build');
    if (built.state.type !== 'COMPLETED') throw new Error(`the build ended as ${built.state.name}`);
    return loaded.id;
  });
  const flaky = (): number => {
    builds += 1;
    if (builds < 3) throw new Error('no');
    return builds;
  };
  await spied({ 'el/load': load, 'dbt/build': flaky }, async ({ requests, record: recorder }) => {
    expect((await recorder().start(parent)).completed).toBe(true);
    keys.push(...requests.map(({ idempotency_key: key }) => key?.replace(/^[^:]+:/, '')));
  });
  expect(load).toHaveBeenCalledTimes(1);
  expect(builds).toBe(3);
  const attempts = [1, 2, 3].map((children) => ['el/load:0:0', ...Array.from({ length: children }, (_, k) => `dbt/build:0:${k}`)]);
  expect(keys).toEqual(attempts.flat());
});

test('a run that failed before the answer to its creation came is ours, not one to repeat', async () => {
  const recording = record();
  await withDeployments.unchecked({ 'a/b': () => 1 }, async () => {
    const stubs = recording.port.deployments;
    if (!stubs) throw new Error('no stand-ins');
    const createFlowRun = vi.fn<DeploymentPort['createFlowRun']>(async (id, request) => {
      const created = await stubs.createFlowRun(id, request);
      return { ...created, state: { ...(created.state ?? fail()), type: 'FAILED', name: 'Failed' } };
    });
    Object.defineProperty(recording.port, 'deployments', { value: { ...stubs, createFlowRun } });
    await recording.start(flow({ name: 'f' }, () => fire('a/b')));
    expect(createFlowRun).toHaveBeenCalledTimes(1);
  });
});

test('cancelling stops waiting', async () => {
  const hang = new Promise<void>(() => undefined);
  const recording = record();
  setTimeout(() => recording.cancel(new TributaryError('cancelled', 'by Ada')), 30);
  const waited = withDeployments.unchecked({ 'a/b': () => Promise.race([hang, recording.start(flow({ name: 'x' }, () => 1))]) }, () =>
    recording.start(flow({ name: 'f' }, () => fire('a/b', { pollInterval: 3600 }))),
  );
  expect((await waited).state).toMatchObject({ type: 'CANCELLED', message: 'by Ada' });
});

test('an unknown deployment names the nearest one; what is no name, or no time, is refused', async () => {
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

test('parameters that JSON has no form for are refused in a sentence', async () => {
  const parent = flow({ name: 'parent' }, () => fire('a/b', { parameters: { size: 10n } }));
  await expect(withDeployments.unchecked({ 'a/b': () => 1 }, () => parent())).rejects.toMatchObject({
    code: 'invalid_parameters',
    message: expect.stringContaining('runDeployment("a/b") can\'t send its parameters as JSON'),
  });
});

test('without a server the error says how to start one, and how to stand in for it', async () => {
  const alone = flow({ name: 'alone' }, () => fire('a/b', { timeout: 0 }));
  await expect(alone()).rejects.toMatchObject({
    code: 'unreachable',
    message: expect.stringMatching(/npx tributary dev.*withDeployments/),
  });
});

test('parameters for a deployment from outside are checked before anything is created', async () => {
  const nightly = externalDeployment('py-flow/nightly', z.object({ day: z.iso.date() }));
  const stub = vi.fn<() => void>();
  await withDeployments.unchecked({ 'py-flow/nightly': stub }, async () => {
    await expect(runDeployment(nightly, { parameters: { day: 'monday' } })).rejects.toThrow(/py-flow\/nightly are not valid: day:/);
    expect(stub).not.toHaveBeenCalled();
    expect((await runDeployment(nightly, { parameters: { day: '2026-01-01' } })).state.type).toBe('COMPLETED');
  });
  expect(() => externalDeployment('nightly', z.object({}))).toThrow('write flow/deployment');
});

function fail(): never {
  throw new Error('no state');
}
