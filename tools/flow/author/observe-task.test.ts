import { expect, it } from 'vitest';

import { record } from '../run/test-support/recording-run.ts';
import { flow } from './flow.ts';
import { observeTask } from './observe-task.ts';
import { secret } from './secret.ts';

it('observed tasks are reported as task runs, with their edges, logs and given times', async () => {
  const recording = record();
  await recording.start(
    flow({ name: 'f' }, () => {
      const first = observeTask({ name: 'stage', key: 'model.a.stage', tags: ['model'] });
      const second = observeTask({ name: 'mart', key: 'model.a.mart', after: [first] });
      first.running('2030-01-01T00:00:00Z');
      first.log('info', 'OK created view');
      first.completed({ at: '2030-01-01T00:00:02.5Z', message: 'CREATE VIEW' });
      first.failed('too late to fail');
      second.failed('a syntax error');
      observeTask({ name: 'report', key: 'model.a.report', after: [second] }).skipped('because mart failed');
    }),
  );
  expect(recording.reports.at(-1)?.state).toMatchObject({ type: 'CANCELLED', name: 'Skipped', message: 'because mart failed' });
  const [stage, mart] = ['stage', 'mart'].map((name) => recording.reports.filter(({ task_run }) => task_run.name === name));
  expect(stage?.map(({ state }) => state.name)).toEqual(['Pending', 'Running', 'Completed']);
  expect(stage?.at(-1)).toMatchObject({
    state: { message: 'CREATE VIEW', timestamp: '2030-01-01T00:00:02.500000Z' },
    task_run: { task_key: 'model.a.stage', tags: ['model'], total_run_time: 2.5, start_time: '2030-01-01T00:00:00.000000Z' },
  });
  expect(mart?.at(-1)).toMatchObject({
    state: { type: 'FAILED', message: 'a syntax error' },
    task_run: { task_inputs: { wait_for: [{ input_type: 'task_run', id: stage?.[0]?.task_run.id }] } },
  });
  expect(recording.logs).toMatchObject([{ message: 'OK created view', task_run_id: stage?.[0]?.task_run.id }]);
});

it('artifacts of an observed task belong to its task run, also after its end, and hide secrets', async () => {
  const artifacts: unknown[] = [];
  const recording = record({
    artifact: async (artifact) => `${artifacts.push(artifact)}`,
    readSecret: () => Promise.resolve('tops3cret'),
  });
  const outcome = await recording.start(
    flow({ name: 'f' }, async () => {
      await secret('pg');
      const node = observeTask({ name: 'orders', key: 'model.a.orders' });
      node.failed('a syntax error');
      const stored = await node.artifact({ description: 'SQL', markdown: "select 'tops3cret'" });
      await node.artifact({ description: 'Rows', table: [{ password: 'tops3cret', n: 1n }] });
      await expect(node.artifact({ description: 'Rows', table: [{ at: new Date(0) }] })).rejects.toThrow('at table[0].at: a Date');
      return stored;
    }),
  );
  const of = { flow_run_id: recording.reports[0]?.task_run.flow_run_id, task_run_id: recording.reports[0]?.task_run.id };
  expect(artifacts).toEqual([
    { ...of, type: 'markdown', description: 'SQL', data: "select '********'" },
    { ...of, type: 'table', description: 'Rows', data: '[{"password":"********","n":1}]' },
  ]);
  expect(outcome).toMatchObject({ value: true });
});

it('an artifact of an observed task is not stored without a server', async () => {
  await expect(
    flow({ name: 'f' }, () => observeTask({ name: 'n', key: 'n' }).artifact({ description: 'SQL', markdown: 'select 1' }))(),
  ).resolves.toBe(false);
});

it('times that go backwards are corrected: each state is later than the one before', async () => {
  const recording = record();
  await recording.start(
    flow({ name: 'f' }, () => {
      const node = observeTask({ name: 'n', key: 'n' });
      node.running('2001-01-01T00:00:00Z');
      node.completed({ at: new Date(0) });
    }),
  );
  const times = recording.reports.map(({ state }) => state.timestamp);
  expect(times).toEqual([...new Set(times)].toSorted());
});

it('an invalid time is refused', async () => {
  const node = flow({ name: 'f' }, () => observeTask({ name: 'n', key: 'n' }).running('yesterday'));
  await expect(node()).rejects.toThrow('The time of observed task "n" is "yesterday": give a Date, or ISO 8601');
});

it('an observed task without an end is cancelled when the flow ends, and does not delay it', async () => {
  const recording = record();
  await recording.start(flow({ name: 'f' }, () => void observeTask({ name: 'forgotten', key: 'k' }).running()));
  expect(recording.statesOf('forgotten')).toEqual(['Pending', 'Running', 'Cancelled']);
});
