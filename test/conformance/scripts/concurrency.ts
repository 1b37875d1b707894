import type { Talk } from '../talk/talk.ts';
import type { Script } from './script.ts';

/** A deployment's own concurrency limit: which runs get a slot, wait or are cancelled, and when a slot is free again. */
export const concurrency: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const flow_id = flow.text('id');
  await enqueue(talk, flow_id);
  await cancelNew(talk, flow_id);
  await endings(talk, flow_id);
  await retried(talk, flow_id);
  await zero(talk, flow_id);
  await inactive(talk, flow_id);
};

interface Limited {
  readonly id: string;
  create(step: string): Promise<string>;
  propose(step: string, run: string, state: object, force?: boolean): Promise<void>;
  slots(step: string): Promise<void>;
}

async function limited(talk: Talk, name: string, flow_id: string, more: object): Promise<Limited> {
  const deployment = await talk.post(`${name}: deployment`, '/deployments/', { flow_id, name: talk.name(name), ...more });
  const id = deployment.text('id');
  return {
    id,
    create: async (step) => {
      const run = await talk.post(`${name}: ${step}`, `/deployments/${id}/create_flow_run`, { name: talk.name(step) });
      return run.text('id');
    },
    propose: async (step, run, state, force = false) => {
      const answer = await talk.post(`${name}: ${step}`, `/flow_runs/${run}/set_state`, { state, force });
      talk.note(`${name}: ${step}: a lease`, typeof answer.at('state', 'state_details', 'deployment_concurrency_lease_id'));
      await talk.get(`${name}: ${step}: record`, `/flow_runs/${run}`);
    },
    slots: async (step) => {
      const limit = await talk.get(`${name}: slots ${step}`, `/v2/concurrency_limits/deployment:${id}`);
      talk.note(`${name}: slots taken ${step}`, limit.at('active_slots'));
    },
  };
}

async function enqueue(talk: Talk, flow_id: string): Promise<void> {
  const one = await limited(talk, 'enqueue', flow_id, { concurrency_limit: 1 });
  const first = await one.create('first');
  const second = await one.create('second');
  await one.propose('first is pending', first, { type: 'PENDING' });
  await one.slots('with one pending');
  await one.propose('second waits', second, { type: 'PENDING' });
  await one.propose('second still waits', second, { type: 'PENDING' }, false);
  await one.propose('second straight to running', second, { type: 'RUNNING' });
  await one.propose('first submits', first, { type: 'PENDING', name: 'Submitting' });
  await one.propose('first runs', first, { type: 'RUNNING' });
  await one.slots('with one running');
  await one.propose('first is done', first, { type: 'COMPLETED' });
  await one.slots('when it is done');
}

async function cancelNew(talk: Talk, flow_id: string): Promise<void> {
  const one = await limited(talk, 'cancel new', flow_id, {
    concurrency_limit: 1,
    concurrency_options: { collision_strategy: 'CANCEL_NEW' },
  });
  const first = await one.create('first new');
  const second = await one.create('second new');
  await one.propose('first is pending', first, { type: 'PENDING' });
  await one.propose('second is cancelled', second, { type: 'PENDING' });
  await one.propose('first crashes', first, { type: 'CRASHED' });
  await one.slots('after the crash');
}

async function endings(talk: Talk, flow_id: string): Promise<void> {
  const many = await limited(talk, 'endings', flow_id, { concurrency_limit: 20 });
  for (const type of ['COMPLETED', 'FAILED', 'CRASHED', 'CANCELLED', 'CANCELLING', 'PAUSED', 'SCHEDULED']) {
    const run = await many.create(`ends in ${type}`);
    await many.propose(`${type}: pending`, run, { type: 'PENDING' });
    await many.propose(`${type}: running`, run, { type: 'RUNNING' });
    await many.propose(`${type}: end`, run, { type });
    await many.slots(`after ${type}`);
    if (type === 'CANCELLING') await many.propose(`${type}: cancelled at last`, run, { type: 'CANCELLED' });
    if (type === 'PAUSED') await many.propose(`${type}: runs on`, run, { type: 'RUNNING' });
    if (type === 'PAUSED' || type === 'CANCELLING') await many.slots(`at last after ${type}`);
  }
  const forced = await many.create('forced');
  await many.propose('forced: pending', forced, { type: 'PENDING' }, true);
  await many.slots('after a forced PENDING');
  const deleted = await many.create('deleted');
  await many.propose('deleted: pending', deleted, { type: 'PENDING' });
  await talk.delete('endings: delete the run', `/flow_runs/${deleted}`);
  await many.slots('after a run was deleted');
}

async function retried(talk: Talk, flow_id: string): Promise<void> {
  const one = await limited(talk, 'retried', flow_id, { concurrency_limit: 1 });
  const run = await one.create('a run with retries');
  await talk.patch('retried: policy', `/flow_runs/${run}`, { empirical_policy: { retries: 1, retry_delay: 0 } });
  await one.propose('pending', run, { type: 'PENDING' });
  await one.propose('running', run, { type: 'RUNNING' });
  await one.propose('fails and waits', run, { type: 'FAILED' });
  await one.slots('while it waits');
  await one.propose('runs again', run, { type: 'RUNNING' });
  await one.slots('while it runs again');
  await one.propose('fails for good', run, { type: 'FAILED' });
  await one.slots('in the end');
}

async function zero(talk: Talk, flow_id: string): Promise<void> {
  const none = await limited(talk, 'zero', flow_id, { concurrency_limit: 1 });
  await talk.patch('zero: no slots at all', `/v2/concurrency_limits/deployment:${none.id}`, { limit: 0 });
  const run = await none.create('a run without a slot');
  await none.propose('pending is aborted', run, { type: 'PENDING' });
}

async function inactive(talk: Talk, flow_id: string): Promise<void> {
  const off = await limited(talk, 'inactive', flow_id, { concurrency_limit: 1 });
  await talk.patch('inactive: switch it off', `/v2/concurrency_limits/deployment:${off.id}`, { active: false });
  for (const step of ['one', 'two']) await off.propose(`${step} is pending`, await off.create(step), { type: 'PENDING' });
}
