import { describe, expect, it } from 'vitest';

import { createClient } from './client.ts';
import { isTerminal, stateTypes } from './nouns/state.ts';
import { routes } from './routes.ts';

const id = '11111111-0000-4000-8000-000000000001';
const now = '2026-11-22T00:00:00.000000Z';
const ended = ['COMPLETED', 'FAILED', 'CANCELLED', 'CRASHED'];

/** A client whose server gives this one answer to every request. */
function stand(answer: unknown, status = 200) {
  return createClient(routes, {
    url: 'http://test/api',
    patience: 0,
    transport: async () => ({ status, headers: {}, text: JSON.stringify(answer) }),
  });
}

const state = { id, type: 'HIBERNATING', name: 'Hibernating', timestamp: now, state_details: { until: now }, since: now };
const run = {
  id,
  created: now,
  updated: now,
  name: 'early-bird',
  flow_id: id,
  state_id: id,
  state_type: 'HIBERNATING',
  state_name: 'Hibernating',
  state,
  run_count: 1,
  total_run_time: 0,
  parameters: {},
  empirical_policy: { retries: 2, backoff: { kind: 'exponential' }, retry_type: 'elsewhere' },
  tags: [],
  auto_scheduled: false,
  mood: 'good',
};

describe('an answer of a newer server', () => {
  it('may carry an unknown type of state, which never counts as an end', async () => {
    const { data } = await stand(run).readFlowRun({ path: { id } });
    expect(data).toMatchObject({ state_type: 'HIBERNATING', state: { type: 'HIBERNATING', name: 'Hibernating' } });
    expect(data.state && isTerminal(data.state.type)).toBe(false);
    expect(stateTypes.filter((type) => isTerminal(type))).toEqual(expect.arrayContaining(ended));
    expect(stateTypes.filter((type) => isTerminal(type))).toHaveLength(ended.length);
  });

  it('may carry an unknown type of state in a decision, but not an unknown status of the decision', async () => {
    const decision = { state, status: 'ACCEPT', details: { type: 'accept_details', hint: 'x' } };
    const body = { state: { type: 'RUNNING' } } as const;
    expect((await stand(decision, 201).setFlowRunState({ path: { id }, body })).data.state?.type).toBe('HIBERNATING');
    await expect(stand({ ...decision, status: 'MAYBE' }, 201).setFlowRunState({ path: { id }, body })).rejects.toMatchObject({
      code: 'bad_answer',
    });
  });

  it('keeps the unknown keys of a policy, so that a client can send the whole policy back', async () => {
    const { data } = await stand(run).readFlowRun({ path: { id } });
    expect({ ...data.empirical_policy, retries: 3 }).toEqual({ ...run.empirical_policy, retries: 3 });
  });

  it('may give a worker, a pool, a queue or a deployment an unknown status', async () => {
    const base = { id, created: now, updated: now, name: 'x' };
    const worker = { ...base, work_pool_id: id, status: 'DRAINING', host: 'a' };
    expect((await stand([worker]).filterWorkers({ path: { pool: 'x' }, body: {} })).data[0]?.status).toBe('DRAINING');
    const pool = { ...base, type: 'x', base_job_template: {}, is_paused: false, status: 'DRAINING', default_queue_id: id };
    expect((await stand(pool).readWorkPool({ path: { pool: 'x' } })).data.status).toBe('DRAINING');
    const queue = { ...base, is_paused: false, priority: 1, status: 'DRAINING' };
    expect((await stand(queue).readWorkQueueById({ path: { id } })).data.status).toBe('DRAINING');
    const deployment = {
      ...base,
      flow_id: id,
      paused: false,
      schedules: [{ id, active: true, schedule: { cron: '0 0 * * *', timezone: null, day_or: true, jitter: 5 }, parameters: {} }],
      tags: [],
      status: 'DEGRADED',
      concurrency_options: { collision_strategy: 'CANCEL_OLD', grace_period_seconds: null, order: 'newest' },
      enforce_parameter_schema: true,
    };
    const { data } = await stand(deployment).readDeployment({ path: { id } });
    expect(data).toMatchObject({ status: 'DEGRADED', concurrency_options: { collision_strategy: 'CANCEL_OLD' } });
    expect(data.schedules[0]?.schedule).toEqual({ cron: '0 0 * * *', timezone: null, day_or: true });
  });
});
