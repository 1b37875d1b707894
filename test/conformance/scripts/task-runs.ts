import { stateTypes } from '@tributary/contract';

import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

/** Task runs that a client creates by REST. The server computes their counters and times. */
export const taskRuns: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const flow_id = flow.text('id');
  const parent = async (step: string, type = 'RUNNING'): Promise<string> => {
    const run = await talk.post(step, '/flow_runs/', { flow_id, name: talk.name(step), state: { type } });
    return run.text('id');
  };
  const flow_run_id = await parent('parent');
  await create(talk, flow_run_id);
  await matrix(talk, flow_run_id);
  await retries(talk, flow_run_id);
  await parents(talk, parent);
};

async function create(talk: Talk, flow_run_id: string): Promise<void> {
  const post = (step: string, body: object) => talk.post(step, '/task_runs/', body);
  const first = await post('create', { flow_run_id, task_key: 'a', dynamic_key: '0', name: talk.name('a-0') });
  await post('create the same again', { flow_run_id, task_key: 'a', dynamic_key: '0', name: talk.name('other') });
  await post('create the next', { flow_run_id, task_key: 'a', dynamic_key: '1' });
  await post('create whole', {
    flow_run_id,
    task_key: 'b',
    dynamic_key: '0',
    name: talk.name('b-0'),
    tags: ['x', 'y'],
    labels: { own: 1 },
    task_inputs: { a: [{ input_type: 'task_run', id: first.text('id') }], n: [{ input_type: 'constant', type: 'int' }], wait_for: [] },
    empirical_policy: { retries: 2, retry_delay: [1, 2], retry_jitter_factor: 0.5 },
    cache_key: 'k',
    task_version: 'v',
    state: { type: 'PENDING', message: 'soon' },
  });
  await post('create with an id', { id: crypto.randomUUID(), flow_run_id, task_key: 'i', dynamic_key: '0' });
  await post('create with nulls', {
    flow_run_id,
    task_key: 'n',
    dynamic_key: '0',
    name: null,
    cache_key: null,
    cache_expiration: null,
    task_version: null,
    tags: [],
    labels: {},
    task_inputs: {},
    state: null,
    empirical_policy: { max_retries: 0, retry_delay_seconds: 0, retries: null, retry_delay: null, retry_jitter_factor: null },
  });
  await post('create without a flow run', { task_key: 'alone', dynamic_key: talk.name('0'), name: talk.name('alone') });
  await post('create of an unknown flow run', { flow_run_id: unknownId, task_key: 'a', dynamic_key: '0' });
  await post('create without a key', { flow_run_id, dynamic_key: '0' });
  await post('create with an unknown key', { flow_run_id, task_key: 'u', dynamic_key: '0', colour: 'red' });
  await post('create with a wrong input', { flow_run_id, task_key: 'u', dynamic_key: '0', task_inputs: { a: [{ input_type: 'guess' }] } });
  await post('create with a number for a dynamic key', { flow_run_id, task_key: 'u', dynamic_key: 0 });
  await talk.get('read', `/task_runs/${first.text('id')}`);
  await talk.patch('rename', `/task_runs/${first.text('id')}`, { name: talk.name('renamed') });
  await talk.get('renamed', `/task_runs/${first.text('id')}`);
  await talk.patch('change nothing', `/task_runs/${first.text('id')}`, {});
  await talk.patch('change an unknown key', `/task_runs/${first.text('id')}`, { tags: ['x'] });
  await talk.patch('rename an unknown one', `/task_runs/${unknownId}`, { name: 'x' });
  const gone = await post('create one to delete', { flow_run_id, task_key: 'gone', dynamic_key: '0', name: talk.name('gone') });
  await talk.delete('delete', `/task_runs/${gone.text('id')}`);
  await talk.delete('delete again', `/task_runs/${gone.text('id')}`);
  await talk.get('read the deleted one', `/task_runs/${gone.text('id')}`);
  await talk.get('read an unknown one', `/task_runs/${unknownId}`);
  await talk.get('read an invalid id', '/task_runs/nonesuch');
  await talk.post('propose to an unknown one', `/task_runs/${unknownId}/set_state`, { state: { type: 'RUNNING' } });
  await talk.post('propose nothing', `/task_runs/${first.text('id')}/set_state`, {});
}

async function matrix(talk: Talk, flow_run_id: string): Promise<void> {
  for (const force of [false, true]) {
    const how = force ? ', forced' : '';
    for (const from of stateTypes)
      for (const to of stateTypes) {
        const step = `${from} to ${to}${how}`;
        const run = await talk.post(`${step}: run`, '/task_runs/', {
          flow_run_id,
          task_key: step,
          dynamic_key: '0',
          name: talk.name(step),
          tags: [`matrix${how}`],
          state: { type: from, name: `Is ${from}` },
        });
        await talk.post(step, `/task_runs/${run.text('id')}/set_state`, { state: { type: to }, force });
      }
    await talk.post(`the record${how}`, '/task_runs/filter', {
      task_runs: { tags: { all_: [`matrix${how}`] }, name: { like_: talk.name('') } },
      sort: 'NAME_ASC',
    });
  }
}

async function retries(talk: Talk, flow_run_id: string): Promise<void> {
  const run = await talk.post('with retries', '/task_runs/', {
    flow_run_id,
    task_key: 'retried',
    dynamic_key: '0',
    name: talk.name('retried'),
    empirical_policy: { retries: 2, retry_delay: [2000, 3000] },
    state: { type: 'PENDING' },
  });
  const id = run.text('id');
  const propose = (step: string, state: object, force = false) => talk.post(step, `/task_runs/${id}/set_state`, { state, force });
  for (const attempt of [1, 2, 3]) {
    await propose(`attempt ${attempt} runs`, { type: 'RUNNING' }, attempt > 1);
    await propose(`attempt ${attempt} fails`, { type: 'FAILED' });
    await talk.get(`attempt ${attempt}: record`, `/task_runs/${id}`);
  }
  await propose('runs after the end', { type: 'RUNNING' });
  await talk.get('runs after the end: record', `/task_runs/${id}`);
  await propose('completes', { type: 'COMPLETED', data: { value: 1 } });
  await propose('completes again', { type: 'COMPLETED' });
  await propose('runs with a result', { type: 'RUNNING' });
  await talk.get('in the end: record', `/task_runs/${id}`);
  await talk.get('its states', `/task_run_states/?task_run_id=${id}`);
  await talk.get('states of an unknown one', `/task_run_states/?task_run_id=${unknownId}`);
  await talk.get('states of no one', '/task_run_states/');
  await propose('one transition', { type: 'CRASHED', state_details: { transition_id: '44444444-4444-4444-8444-444444444444' } }, true);
  await propose('one transition twice', { type: 'CRASHED', state_details: { transition_id: '44444444-4444-4444-8444-444444444444' } });
}

/** The state of a flow run decides what its task runs may do. The states of a child run become the states of its parent task run. */
async function parents(talk: Talk, parent: (step: string, type?: string) => Promise<string>): Promise<void> {
  for (const type of stateTypes) {
    const flow_run_id = await parent(`a parent ${type}`, type);
    const task = await talk.post(`task under ${type}`, '/task_runs/', {
      flow_run_id,
      task_key: 't',
      dynamic_key: '0',
      name: 't',
      state: { type: 'PENDING' },
    });
    await talk.post(`runs under ${type}`, `/task_runs/${task.text('id')}/set_state`, { state: { type: 'RUNNING' } });
    await talk.get(`under ${type}: record`, `/task_runs/${task.text('id')}`);
  }
  const flow_run_id = await parent('a mother');
  const task = await talk.post('stand-in', '/task_runs/', {
    flow_run_id,
    task_key: 'child',
    dynamic_key: '0',
    name: 'child',
    state: { type: 'PENDING' },
  });
  const flow = await talk.post('a child’s flow', '/flows/', { name: talk.name('child') });
  const deployment = await talk.post('a child’s deployment', '/deployments/', { flow_id: flow.text('id'), name: 'd' });
  const child = await talk.post('child', `/deployments/${deployment.text('id')}/create_flow_run`, {
    parent_task_run_id: task.text('id'),
    name: talk.name('child'),
    state: { type: 'SCHEDULED', message: 'wait' },
  });
  await talk.get('stand-in of a scheduled child', `/task_runs/${task.text('id')}`);
  for (const [index, type] of ['PENDING', 'RUNNING', 'FAILED', 'SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED'].entries()) {
    const step = `child, step ${index + 1}, ${type}`;
    await talk.post(step, `/flow_runs/${child.text('id')}/set_state`, { state: { type, message: type }, force: type === 'SCHEDULED' });
    await talk.get(`stand-in of a ${step}`, `/task_runs/${task.text('id')}`);
  }
  await talk.post('children of the mother', '/flow_runs/filter', { flow_runs: { parent_flow_run_id: { any_: [flow_run_id] } } });
  await talk.get('the mother’s graph', `/flow_runs/${flow_run_id}/graph-v2`);
  await talk.delete('delete the mother', `/flow_runs/${flow_run_id}`);
  await talk.get('the stand-in of a deleted mother', `/task_runs/${task.text('id')}`);
  await talk.get('the child of a deleted mother', `/flow_runs/${child.text('id')}`);
}
