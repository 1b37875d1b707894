import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

const schema = {
  title: 'Parameters',
  type: 'object',
  properties: { day: { type: 'string', title: 'day', position: 0 }, count: { type: 'integer', default: 1 } },
  required: ['day'],
};

export const deployments: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f'), labels: { team: 'data' } });
  const flow_id = flow.text('id');
  const pool = talk.name('pool');
  await talk.post('pool', '/work_pools/', { name: pool, type: 'tributary' });

  const create = (step: string, body: object) => talk.post(step, '/deployments/', { flow_id, ...body });
  const name = talk.name('d');
  const first = await create('create', {
    name,
    paused: false,
    tags: ['x'],
    labels: { own: 1 },
    parameters: { day: 'monday' },
    parameter_openapi_schema: schema,
    enforce_parameter_schema: true,
    pull_steps: [{ 'tributary.local_folder': { root: '/somewhere' } }],
    work_pool_name: pool,
    work_queue_name: 'default',
    description: 'what it does',
    path: '/somewhere',
    version: 'abc',
    entrypoint: 'flows/api.ts:f',
    job_variables: { env: { A: 'b' } },
  });
  const id = first.text('id');
  await talk.get('read', `/deployments/${id}`);
  await talk.get('read by name', `/deployments/name/${talk.name('f')}/${name}`);
  await create('apply with its name alone', { name });
  await create('apply other values', {
    name,
    paused: true,
    tags: ['y'],
    description: 'new',
    labels: { other: 2 },
    version: null,
    parameters: {},
  });
  await create('apply empty job variables', { name, job_variables: {} });
  await create('apply nulls', { name, description: null, path: null, entrypoint: null, parameter_openapi_schema: null, pull_steps: null });
  await create('apply a schema and steps again', { name, parameter_openapi_schema: { type: 'object', properties: {} }, pull_steps: [] });
  await create('move to another queue', { name, work_pool_name: pool, work_queue_name: 'made-by-it' });
  await talk.get('the queue was made', `/work_pools/${pool}/queues/made-by-it`);
  await create('move out of the pool', { name, work_pool_name: null });
  await create('an unknown pool', { name: talk.name('lost'), work_pool_name: 'nonesuch-at-all' });
  await talk.post('an unknown flow', '/deployments/', { name, flow_id: unknownId });
  await create('parameters that do not fit are taken', {
    name: talk.name('unfit'),
    parameters: { count: 'many' },
    parameter_openapi_schema: schema,
  });
  await create('every null that Python sends', {
    name: talk.name('nulls'),
    version: null,
    version_info: null,
    parameters: {},
    concurrency_limit: null,
    concurrency_options: null,
    tags: [],
    labels: {},
    pull_steps: null,
    work_pool_name: null,
    work_queue_name: null,
    storage_document_id: null,
    infrastructure_document_id: null,
    description: null,
    path: null,
    entrypoint: null,
    parameter_openapi_schema: {},
    job_variables: {},
    schedules: [],
    paused: false,
    enforce_parameter_schema: true,
  });

  for (const sign of ['%', '&', '>', '<']) await create(`a name with ${sign}`, { name: `${name}${sign}` });
  await create('an empty name', { name: '' });
  await create('an unknown key', { name, colour: 'red' });
  await create('a wrong limit', { name: talk.name('w'), concurrency_limit: 0 });
  await create('a wrong strategy', { name: talk.name('w'), concurrency_options: { collision_strategy: 'WAIT' } });
  await create('too short a grace period', {
    name: talk.name('w'),
    concurrency_options: { collision_strategy: 'ENQUEUE', grace_period_seconds: 1 },
  });
  await create('parameters as a list', { name: talk.name('w'), parameters: [] });
  await create('parameters that are too long', { name: talk.name('w'), parameters: { a: 'x'.repeat(524_290) } });
  await create('tags that are text', { name: talk.name('w'), tags: 'x' });
  await create('an invalid schedule', { name: talk.name('w'), schedules: [{ schedule: {} }] });
  await talk.post('no flow', '/deployments/', { name });
  await talk.post('no name', '/deployments/', { flow_id });

  await patches(talk, id);
  await pauses(talk, flow_id);
  await limits(talk, flow_id);

  await talk.get('read an unknown one', `/deployments/${unknownId}`);
  await talk.get('read an invalid id', '/deployments/nonesuch');
  await talk.get('read an unknown name', `/deployments/name/${talk.name('f')}/nonesuch`);
  await talk.get('read a name of an unknown flow', `/deployments/name/nonesuch/${name}`);
  await talk.delete('delete', `/deployments/${id}`);
  await talk.delete('delete again', `/deployments/${id}`);
  await talk.delete('delete an invalid id', '/deployments/nonesuch');
};

async function patches(talk: Talk, id: string): Promise<void> {
  const path = `/deployments/${id}`;
  const change = async (step: string, body: object): Promise<void> => {
    const answer = await talk.patch(step, path, body);
    if (answer.status < 300) await talk.get(`${step}: read`, path);
  };
  await change('change some', { description: 'patched', tags: ['p'], version: '2', entrypoint: 'a.ts:b', paused: true });
  await change('change nothing', {});
  await change('change the schema', { parameter_openapi_schema: schema });
  await change('change to parameters that fit', { parameters: { day: 'tuesday' } });
  await change('change to parameters that do not fit', { parameters: { day: 'x', count: 'many' } });
  await change('change to job variables', { job_variables: { env: { C: 'd' } } });
  await change('change to an unknown pool', { work_pool_name: 'nonesuch-at-all' });
  await change('change its name', { name: 'other' });
  await change('change its labels', { labels: { a: 1 } });
  await change('change an unknown key', { colour: 'red' });
  await change('change to null', { description: null, version: null, entrypoint: null });
  await talk.patch('change an unknown one', `/deployments/${unknownId}`, { description: 'x' });
}

async function pauses(talk: Talk, flow_id: string): Promise<void> {
  const cron = { schedule: { cron: '0 0 1 1 *', timezone: 'UTC' }, active: true };
  const deployment = await talk.post('one to pause', '/deployments/', { flow_id, name: talk.name('paused'), schedules: [cron] });
  const path = `/deployments/${deployment.text('id')}`;
  await talk.post('pause', `${path}/pause_deployment`);
  await talk.get('paused', path);
  await talk.post('pause again', `${path}/pause_deployment`);
  await talk.post('resume', `${path}/resume_deployment`);
  await talk.get('resumed', path);
  await talk.patch('pause by PATCH', path, { paused: true });
  await talk.get('paused by PATCH', path);
  await talk.post('pause an unknown one', `/deployments/${unknownId}/pause_deployment`);
  await talk.post('resume an unknown one', `/deployments/${unknownId}/resume_deployment`);
}

async function limits(talk: Talk, flow_id: string): Promise<void> {
  const name = talk.name('limited');
  const apply = (step: string, body: object) => talk.post(step, '/deployments/', { flow_id, name, ...body });
  const deployment = await apply('with a limit', { concurrency_limit: 2, concurrency_options: { collision_strategy: 'CANCEL_NEW' } });
  const id = deployment.text('id');
  await talk.get('its limit by name', `/v2/concurrency_limits/deployment:${id}`);
  await apply('apply without a limit keeps it', {});
  await apply('apply another limit', {
    concurrency_limit: 5,
    concurrency_options: { collision_strategy: 'ENQUEUE', grace_period_seconds: 120 },
  });
  await talk.patch('change the limit by PATCH', `/deployments/${id}`, { concurrency_limit: 3 });
  await talk.get('limit changed by PATCH', `/deployments/${id}`);
  await talk.patch('change only the options', `/deployments/${id}`, { concurrency_options: { collision_strategy: 'CANCEL_NEW' } });
  await talk.get('options changed', `/deployments/${id}`);
  await apply('apply a null limit deletes it', { concurrency_limit: null });
  await talk.get('the limit is gone', `/v2/concurrency_limits/deployment:${id}`);
  const shared = await talk.post('a global limit', '/v2/concurrency_limits/', { name: talk.name('shared'), limit: 4 });
  await apply('apply a global limit', { global_concurrency_limit_id: shared.text('id') });
  await talk.get('with the global limit', `/deployments/${id}`);
  await apply('apply an unknown global limit', { global_concurrency_limit_id: unknownId });
}
