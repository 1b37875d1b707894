import type { Talk } from '../talk/talk.ts';
import type { Script } from './script.ts';

/** Every route that takes a body, with invalid bodies. */
export const wrongBodies: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const run = await talk.post('run', '/flow_runs/', { flow_id: flow.text('id'), state: { type: 'PENDING' } });
  const task = await talk.post('task run', '/task_runs/', {
    flow_run_id: run.text('id'),
    task_key: 'k',
    dynamic_key: '0',
    name: 't',
    state: { type: 'PENDING' },
  });
  const deployment = await talk.post('deployment', '/deployments/', { flow_id: flow.text('id'), name: 'd' });
  await talk.post('pool', '/work_pools/', { name: talk.name('p'), type: 'tributary' });
  const routes = [
    '/flows/',
    '/flows/filter',
    '/flow_runs/',
    '/flow_runs/filter',
    `/flow_runs/${run.text('id')}/set_state`,
    `/task_runs/${task.text('id')}/set_state`,
    '/task_runs/',
    '/deployments/',
    '/deployments/filter',
    '/deployments/paginate',
    `/deployments/${deployment.text('id')}/schedules`,
    '/work_pools/',
    `/work_pools/${talk.name('p')}/queues`,
    `/work_pools/${talk.name('p')}/get_scheduled_flow_runs`,
    `/work_pools/${talk.name('p')}/workers/heartbeat`,
    '/logs/',
    '/logs/filter',
    '/events',
    '/artifacts/',
    '/artifacts/filter',
    '/variables/',
    '/variables/filter',
    '/block_documents/',
    '/block_documents/filter',
    '/v2/concurrency_limits/',
    '/v2/concurrency_limits/increment',
    '/v2/concurrency_limits/increment-with-lease',
    '/v2/concurrency_limits/decrement-with-lease',
  ];
  for (const route of routes)
    await wrong(
      talk,
      route
        .replace(/[0-9a-f-]{36}/, '{id}')
        .replace(talk.name('p'), '{pool}')
        .slice(1),
      route,
    );
  await talk.patch('PATCH a run with invalid JSON', `/flow_runs/${run.text('id')}`, undefined, { raw: '{' });
  await talk.patch('PATCH a run with a list', `/flow_runs/${run.text('id')}`, []);
  await talk.patch('PATCH a run without a body', `/flow_runs/${run.text('id')}`);
  await talk.post("a body that isn't JSON by its header", '/flows/', undefined, {
    raw: 'name=x',
    headers: { 'content-type': 'text/plain' },
  });
};

async function wrong(talk: Talk, name: string, path: string): Promise<void> {
  await talk.post(`${name} invalid JSON`, path, undefined, { raw: '{"name": "x"' });
  // Without a filter, the route also lists what other topics created, so only the status is compared.
  const statusOnly = /\/(filter|paginate)$/.test(path);
  await talk.post(`${name} no body`, path, undefined, { statusOnly });
  await talk.post(`${name} null`, path, null, { statusOnly });
  await talk.post(`${name} text`, path, 'text');
  await talk.post(`${name} the wrong brackets`, path, /\/(logs\/|events|schedules)$/.test(path) ? {} : []);
}
