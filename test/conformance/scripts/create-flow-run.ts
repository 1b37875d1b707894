import { type Script, unknownId } from './script.ts';

const schema = {
  title: 'Parameters',
  type: 'object',
  properties: {
    day: { type: 'string', title: 'day' },
    count: { type: 'integer', default: 1, minimum: 0 },
    mode: { enum: ['fast', 'slow'] },
    deep: { $ref: '#/definitions/deep' },
  },
  required: ['day'],
  definitions: { deep: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] } },
};
const template = {
  job_configuration: { env: '{{ env }}', command: '{{ command }}' },
  variables: {
    type: 'object',
    properties: {
      env: { type: 'object', additionalProperties: { type: 'string' } },
      command: { type: 'string' },
      cpu: { type: 'integer' },
    },
    required: [],
  },
};

export const createFlowRun: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f'), labels: { team: 'data', who: 'flow' } });
  const flow_id = flow.text('id');
  const pool = talk.name('pool');
  await talk.post('pool', '/work_pools/', { name: pool, type: 'tributary', base_job_template: template });
  const deployment = await talk.post('deployment', '/deployments/', {
    flow_id,
    name: talk.name('d'),
    work_pool_name: pool,
    parameter_openapi_schema: schema,
    parameters: { day: 'monday', mode: 'fast' },
    tags: ['b', 'a'],
    labels: { who: 'deployment', own: true },
    job_variables: { env: { A: '1' } },
    version: 'v7',
  });
  const path = `/deployments/${deployment.text('id')}/create_flow_run`;
  const create = (step: string, body: object) => talk.post(step, path, body);

  await create('nothing given', {});
  await create('everything given', {
    name: talk.name('named'),
    parameters: { count: 3, deep: { on: true } },
    tags: ['c', 'a'],
    labels: { who: 'run', extra: 1.5 },
    context: { from: 'here' },
    job_variables: { env: { B: '2' } },
    empirical_policy: { retries: 2, retry_delay: 7 },
    state: { type: 'SCHEDULED', message: 'later', state_details: { scheduled_time: '2040-02-03T04:05:06.789012Z' } },
    enforce_parameter_schema: true,
  });
  await create('nulls given', {
    name: null,
    parameters: {},
    tags: [],
    labels: {},
    context: {},
    job_variables: null,
    state: { type: 'SCHEDULED', name: 'Scheduled', message: null, data: null, state_details: {} },
    idempotency_key: null,
    parent_task_run_id: null,
    work_queue_name: null,
    enforce_parameter_schema: null,
    infrastructure_document_id: null,
  });
  await create('a state without a time', { state: { type: 'SCHEDULED' } });
  for (const type of ['PENDING', 'RUNNING', 'COMPLETED', 'CANCELLED', 'PAUSED']) await create(`in ${type}`, { state: { type } });

  for (const [step, parameters] of Object.entries({
    'a wrong type': { count: 'many' },
    'below the minimum': { count: -1 },
    'not of the list': { mode: 'medium' },
    'an incomplete object': { deep: {} },
    'an unknown one': { colour: 'red' },
    'null for text': { day: null },
  }))
    await create(`parameters: ${step}`, { parameters });
  await create('parameters as a list', { parameters: [] });
  await create('wrong parameters, not enforced', { parameters: { count: 'many' }, enforce_parameter_schema: false });
  await create('job variables: a wrong type', { job_variables: { cpu: 'two' } });
  await create('job variables: a wrong nested type', { job_variables: { env: { A: 1 } } });
  await create('job variables: an unknown one', { job_variables: { memory: 1 } });
  await create('invalid job variables', { job_variables: 'x' });

  const key = talk.name('key');
  const keyed = await create('an idempotency key', { idempotency_key: key, name: talk.name('keyed') });
  await create('the same key', { idempotency_key: key, name: talk.name('other'), parameters: { count: 9 } });
  await talk.post('the same key by POST /flow_runs/', '/flow_runs/', { flow_id, idempotency_key: key });
  await talk.delete('delete the keyed run', `/flow_runs/${keyed.text('id')}`);
  await create('the key is free again', { idempotency_key: key });

  await create('another queue', { work_queue_name: 'made-by-a-run' });
  await create('an unknown key', { colour: 'red' });
  await create('an unknown key in the state', { state: { type: 'SCHEDULED', colour: 'red' } });
  await create('a wrong state', { state: { type: 'SLEEPING' } });
  await create('tags that are text', { tags: 'x' });
  await create('an unknown parent', { parent_task_run_id: unknownId });
  await create('a work pool, which is the deployment’s', { work_pool_name: pool });
  await talk.post('an unknown deployment', `/deployments/${unknownId}/create_flow_run`, {});
  await talk.post('an invalid id', '/deployments/nonesuch/create_flow_run', {});
  await talk.post('invalid JSON', path, undefined, { raw: '{"name": ' });
  await talk.post('no body', path);
  await talk.post('a list for a body', path, []);

  const lax = await talk.post('a deployment that does not enforce', '/deployments/', {
    flow_id,
    name: talk.name('lax'),
    parameter_openapi_schema: schema,
    enforce_parameter_schema: false,
  });
  await talk.post('wrong parameters where nothing is enforced', `/deployments/${lax.text('id')}/create_flow_run`, {
    parameters: { count: 'many' },
  });
  await talk.post('wrong parameters, enforced by the run', `/deployments/${lax.text('id')}/create_flow_run`, {
    parameters: { count: 'many' },
    enforce_parameter_schema: true,
  });
  const paused = await talk.post('a paused deployment', '/deployments/', { flow_id, name: talk.name('paused'), paused: true });
  await talk.post('a run of a paused deployment', `/deployments/${paused.text('id')}/create_flow_run`, {});
};
