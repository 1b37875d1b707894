import { type Script, unknownId } from './script.ts';

export const flowRuns: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f'), labels: { team: 'data' } });
  const flow_id = flow.text('id');
  const run = await talk.post('create', '/flow_runs/', {
    flow_id,
    name: talk.name('one'),
    parameters: { a: 1, b: { c: [null, true] } },
    context: { where: 'here' },
    tags: ['x', 'y'],
    labels: { own: 'yes', team: 'other' },
    flow_version: 'v1',
    job_variables: { env: { A: 'b' } },
    empirical_policy: { retries: 1, retry_delay: 2 },
    state: { type: 'SCHEDULED', message: 'soon', state_details: { scheduled_time: talk.moment(5_000_000) } },
  });
  const id = run.text('id');
  await talk.get('read', `/flow_runs/${id}`);
  await talk.get('its tree, by a route that only our server has', `/tributary/flow_runs/${id}/tree`);
  await talk.get(
    'runs by the beginning of their id, by a route that only our server has',
    `/tributary/flow_runs?id_prefix=${id.slice(0, 18)}`,
  );
  await talk.post('create with a flow alone', '/flow_runs/', { flow_id });
  await talk.post('create with every null that Python sends', '/flow_runs/', {
    flow_id,
    name: null,
    deployment_id: null,
    parameters: {},
    context: {},
    parent_task_run_id: null,
    empirical_policy: {
      max_retries: 0,
      retry_delay_seconds: 0,
      retries: null,
      retry_delay: null,
      pause_keys: [],
      resuming: false,
      retry_type: null,
    },
    tags: [],
    labels: {},
    idempotency_key: null,
    work_pool_name: null,
    work_queue_name: null,
    job_variables: null,
    state: { type: 'PENDING', name: 'Pending', message: null, data: null, state_details: { flow_run_id: null, transition_id: null } },
  });
  await talk.post('create with a null state', '/flow_runs/', { flow_id, state: null });
  await talk.post('create with an unknown flow', '/flow_runs/', { flow_id: unknownId });
  await talk.post('create without a flow', '/flow_runs/', {});
  await talk.post('create with an unknown key', '/flow_runs/', { flow_id, colour: 'red' });
  await talk.post('create with wrong parameters', '/flow_runs/', { flow_id, parameters: [] });
  await talk.post('create with an unknown deployment', '/flow_runs/', { flow_id, deployment_id: unknownId });
  await talk.post('create with an unknown parent', '/flow_runs/', { flow_id, parent_task_run_id: unknownId });

  const key = talk.name('key');
  await talk.post('create with an idempotency key', '/flow_runs/', { flow_id, idempotency_key: key, name: talk.name('keyed') });
  await talk.post('create with the same key', '/flow_runs/', { flow_id, idempotency_key: key, name: talk.name('other') });
  const other = await talk.post('another flow', '/flows/', { name: talk.name('g') });
  await talk.post('create with the same key of another flow', '/flow_runs/', { flow_id: other.text('id'), idempotency_key: key });

  await talk.patch('rename', `/flow_runs/${id}`, { name: talk.name('renamed') });
  await talk.get('renamed', `/flow_runs/${id}`);
  await talk.patch('change the rest', `/flow_runs/${id}`, {
    flow_version: 'v2',
    parameters: { z: 26 },
    tags: ['z'],
    infrastructure_pid: 'host:2',
    empirical_policy: { retries: 3 },
  });
  await talk.get('changed', `/flow_runs/${id}`);
  await talk.patch('change job variables without a deployment', `/flow_runs/${id}`, { job_variables: { env: { B: 'c' } } });
  await talk.patch('change nothing', `/flow_runs/${id}`, {});
  await talk.patch('change to null', `/flow_runs/${id}`, { name: null, flow_version: null, infrastructure_pid: null });
  await talk.get('changed to null', `/flow_runs/${id}`);
  await talk.patch('change an unknown key', `/flow_runs/${id}`, { colour: 'red' });
  await talk.patch('change labels by the wrong route', `/flow_runs/${id}`, { labels: {} });
  await talk.patch('change an unknown run', `/flow_runs/${unknownId}`, { name: 'x' });
  await talk.patch('change an invalid id', '/flow_runs/nonesuch', { name: 'x' });
  await talk.patch('add labels', `/flow_runs/${id}/labels`, { more: 1, own: 'changed', on: true });
  await talk.get('labels added', `/flow_runs/${id}`);
  await talk.patch('add labels to an unknown run', `/flow_runs/${unknownId}/labels`, { more: 1 });
  await talk.patch('add wrong labels', `/flow_runs/${id}/labels`, { more: { deep: 1 } });
  await talk.patch('add no labels', `/flow_runs/${id}/labels`, {});

  await talk.post('PENDING', `/flow_runs/${id}/set_state`, { state: { type: 'PENDING' }, force: true });
  await talk.post('RUNNING', `/flow_runs/${id}/set_state`, { state: { type: 'RUNNING' }, force: true });
  await talk.get('its states', `/flow_run_states/?flow_run_id=${id}`);
  await talk.get('states of an unknown run', `/flow_run_states/?flow_run_id=${unknownId}`);
  await talk.get('states of no run', '/flow_run_states/');
  await talk.get('states of an invalid id', '/flow_run_states/?flow_run_id=nonesuch');

  await talk.post('an input', `/flow_runs/${id}/input`, { key: 'greeting', value: '"hello"' });
  await talk.post('an input of a sender', `/flow_runs/${id}/input`, { key: 'group-1', value: '{"a": 1}', sender: 'prefect.flow-run.x' });
  await talk.post('a second of its group', `/flow_runs/${id}/input`, { key: 'group-2', value: '{"a": 2}' });
  await talk.post('the same key again', `/flow_runs/${id}/input`, { key: 'greeting', value: '"again"' });
  await talk.post('a key with a space', `/flow_runs/${id}/input`, { key: 'a b', value: '1' });
  await talk.post("a value that isn't JSON", `/flow_runs/${id}/input`, { key: 'raw', value: 'not json' });
  await talk.post('an input without a value', `/flow_runs/${id}/input`, { key: 'none' });
  await talk.post('a long input', `/flow_runs/${id}/input`, { key: 'long', value: 'x'.repeat(25_001) });
  await talk.post('an input of an unknown run', `/flow_runs/${unknownId}/input`, { key: 'a', value: '1' });
  await talk.get('read the input', `/flow_runs/${id}/input/greeting`);
  await talk.get('read an unknown input', `/flow_runs/${id}/input/nonesuch`);
  await talk.post('inputs by prefix', `/flow_runs/${id}/input/filter`, { prefix: 'group', limit: 10 });
  await talk.post('inputs by prefix, one', `/flow_runs/${id}/input/filter`, { prefix: 'group' });
  await talk.post('inputs without some', `/flow_runs/${id}/input/filter`, { prefix: 'group', limit: 10, exclude_keys: ['group-1'] });
  await talk.post('inputs without a prefix', `/flow_runs/${id}/input/filter`, {});
  await talk.delete('delete the input', `/flow_runs/${id}/input/greeting`);
  await talk.delete('delete the input again', `/flow_runs/${id}/input/greeting`);

  await talk.get('the graph', `/flow_runs/${id}/graph-v2`);
  await talk.get('the end of a run, by a route that only our server has', `/tributary/flow_runs/${id}/end`);
  await talk.get('the graph of an unknown run', `/flow_runs/${unknownId}/graph-v2`);
  await talk.delete('delete', `/flow_runs/${id}`);
  await talk.delete('delete again', `/flow_runs/${id}`);
  await talk.delete('delete an invalid id', '/flow_runs/nonesuch');
  await talk.get('read what is deleted', `/flow_runs/${id}`);
};
