import { type Script, unknownId } from './script.ts';

export const artifacts: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const run = await talk.post('run', '/flow_runs/', { flow_id: flow.text('id'), name: talk.name('r') });
  const flow_run_id = run.text('id');
  const task = await talk.post('task run', '/task_runs/', { flow_run_id, task_key: 'k', dynamic_key: '0', name: 't' });
  const key = talk.name('a');
  const create = (step: string, body: object) => talk.post(step, '/artifacts/', body);
  const first = await create('create', {
    key,
    type: 'markdown',
    description: 'what *it* is',
    data: '# hi',
    metadata_: { a: 'b' },
    flow_run_id,
  });
  await create('create a newer one', { key, type: 'table', data: '[{"a":1}]', flow_run_id, task_run_id: task.text('id') });
  await create('create without a key', { type: 'result', data: { x: [1] }, flow_run_id });
  await create('create a progress', { key: `${key}-p`, type: 'progress', data: 12.5, flow_run_id });
  await create('create with nulls', {
    key: null,
    type: null,
    description: null,
    data: null,
    metadata_: null,
    flow_run_id,
    task_run_id: null,
  });
  await create('create with nothing', {});
  for (const wrong of ['Upper', 'under_score', 'a b', '']) await create(`create the key "${wrong}"`, { key: wrong, type: 'markdown' });
  await create('create with an unknown key', { key, colour: 'red' });
  await create('create with metadata by the wrong name', { key, metadata: {} });
  await create('create of an unknown run', { key: `${key}-u`, flow_run_id: unknownId });
  const id = first.text('id');
  await talk.get('read', `/artifacts/${id}`);
  await talk.get('read an unknown one', `/artifacts/${unknownId}`);
  await talk.get('read an invalid id', '/artifacts/nonesuch');
  await talk.get('read the latest', `/artifacts/${key}/latest`);
  await talk.get('read the latest of none', '/artifacts/nonesuch/latest');
  await talk.patch('change', `/artifacts/${id}`, { data: '# changed', description: 'new', metadata_: { c: 'd' } });
  await talk.get('changed', `/artifacts/${id}`);
  await talk.patch('change nothing', `/artifacts/${id}`, {});
  await talk.patch('change to null', `/artifacts/${id}`, { data: null, description: null });
  await talk.get('changed to null', `/artifacts/${id}`);
  await talk.patch('change its key', `/artifacts/${id}`, { key: 'other' });
  await talk.patch('change an unknown one', `/artifacts/${unknownId}`, { data: 1 });
  const own = { flow_run_id: { any_: [flow_run_id] } };
  const filter = (step: string, artifact: object, more: object = { sort: 'CREATED_DESC' }) =>
    talk.post(step, '/artifacts/filter', { artifacts: artifact, ...more });
  for (const sort of ['CREATED_DESC', 'UPDATED_DESC']) await filter(`sort ${sort}`, own, { sort });
  for (const sort of ['KEY_ASC', 'KEY_DESC'])
    await filter(`sort ${sort}`, { ...own, key: { any_: [`${key}-p`, key] }, type: { any_: ['progress', 'table'] } }, { sort });
  await talk.post(
    'sort ID_DESC',
    '/artifacts/filter',
    { artifacts: { ...own, key: { like_: key } }, sort: 'ID_DESC' },
    { arrangedBy: 'type' },
  );
  await filter('a page', own, { sort: 'CREATED_DESC', limit: 2, offset: 1 });
  await filter('by key', { key: { any_: [key] } });
  await filter('by part of a key', { key: { like_: key } });
  await filter('with a key', { ...own, key: { exists_: true } });
  await filter('without a key', { ...own, key: { exists_: false } });
  await filter('by type', { ...own, type: { any_: ['table', 'progress'] } });
  await filter('by no type', { ...own, type: { not_any_: ['table', 'progress'] } });
  await filter('by task run', { task_run_id: { any_: [task.text('id')] } });
  await filter('by id', { id: { any_: [id] } });
  await filter('by an unknown key', { colour: {} });
  await talk.post('of the runs of a flow', '/artifacts/filter', { flows: { name: { any_: [talk.name('f')] } }, sort: 'CREATED_DESC' });
  await talk.post('of a run by name', '/artifacts/filter', { flow_runs: { name: { any_: [talk.name('r')] } }, sort: 'CREATED_DESC' });
  await talk.post('count', '/artifacts/count', { artifacts: own });
  await talk.delete('delete', `/artifacts/${id}`);
  await talk.delete('delete again', `/artifacts/${id}`);
  await talk.get('the latest is still there', `/artifacts/${key}/latest`);
};
