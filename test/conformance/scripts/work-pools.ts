import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

const template = {
  job_configuration: { env: '{{ env }}', literal: 1 },
  variables: { type: 'object', properties: { env: { type: 'object', default: {} } } },
};

export const workPools: Script = async (talk) => {
  const name = talk.name('p');
  const path = `/work_pools/${name}`;
  const create = (step: string, body: object) => talk.post(step, '/work_pools/', body);
  const made = await create('create', {
    name,
    type: 'tributary',
    description: 'mine',
    base_job_template: template,
    concurrency_limit: 5,
    is_paused: false,
  });
  await create('create again', { name, type: 'tributary' });
  await create('create with a name alone', { name: talk.name('q') });
  await create('create with an empty template', { name: talk.name('r'), type: 'process', base_job_template: {} });
  await create('create paused', { name: talk.name('s'), type: 'tributary', is_paused: true, concurrency_limit: 0 });
  await create('create with nulls', { name: talk.name('t'), type: 'tributary', description: null, concurrency_limit: null });
  await create('create a prefect one', { name: `prefect-${talk.name('x')}`, type: 'tributary' });
  await create('create a Prefect one', { name: `Prefect-${talk.name('x')}`, type: 'tributary' });
  for (const sign of ['/', '%', '&', '>', '<']) await create(`create with ${sign}`, { name: `${name}${sign}`, type: 'tributary' });
  await create('create with an empty name', { name: '', type: 'tributary' });
  await create('create with an unknown key', { name: talk.name('w'), type: 'tributary', colour: 'red' });
  await create('create with a limit below nothing', { name: talk.name('w'), type: 'tributary', concurrency_limit: -1 });
  await create('create without a name', { type: 'tributary' });
  const wrong = {
    'without variables': { job_configuration: { a: '{{ a }}' } },
    'without a job configuration': { variables: template.variables },
    'with an unknown variable': { ...template, job_configuration: { a: '{{ nonesuch }}' } },
    "that isn't an object": [],
    'with other keys': { a: 1 },
  };
  for (const [step, base_job_template] of Object.entries(wrong))
    await create(`template ${step}`, { name: talk.name('w'), type: 'tributary', base_job_template });

  await talk.get('read', path);
  await talk.get('read an unknown one', `/work_pools/${talk.name('nobody')}`);
  const change = async (step: string, body: object): Promise<void> => {
    await talk.patch(step, path, body);
    await talk.get(`${step}: read`, path);
  };
  await change('change', { description: 'new', concurrency_limit: 7 });
  await change('pause', { is_paused: true });
  await change('resume', { is_paused: false });
  await change('change to null', { concurrency_limit: null, description: null });
  await change('change the template', { base_job_template: { ...template, job_configuration: { env: '{{ env }}' } } });
  await change('change to a wrong template', { base_job_template: wrong['with an unknown variable'] });
  await change('change nothing', {});
  await change('change its type', { type: 'process' });
  await change('change to a limit below nothing', { concurrency_limit: -1 });
  await talk.patch('change an unknown one', `/work_pools/${talk.name('nobody')}`, { description: 'x' });

  const filter = (step: string, work_pools: object, more: object = {}) =>
    talk.post(step, '/work_pools/filter', { work_pools, ...more }, { arrangedBy: 'name' });
  const all = [talk.name('p'), talk.name('q'), talk.name('r'), talk.name('s')];
  await filter('by name', { name: { any_: all } });
  await filter('by type', { type: { any_: ['process'] }, name: { any_: all } });
  await filter('by id', { id: { any_: [made.text('id')] } });
  await filter('by an unknown key', { colour: {} });
  await filter('a page', { name: { any_: all } }, { limit: 1, offset: 1 });

  await talk.post('count', '/work_pools/count', { work_pools: { name: { any_: all } } });

  await queues(talk, path);
  await workers(talk, path);
  await talk.delete('delete', path);
  await talk.delete('delete again', path);
  await talk.get('its queues are gone', `${path}/queues/default`);
};

async function queues(talk: Talk, path: string): Promise<void> {
  const create = (step: string, body: object) => talk.post(step, `${path}/queues`, body);
  const priorities = (step: string) => talk.post(step, `${path}/queues/filter`, {}, { arrangedBy: 'name' });
  await priorities('queues of a new pool');
  const a = await create('queue a', { name: 'a', description: 'one', concurrency_limit: 2, is_paused: true });
  await create('queue b', { name: 'b' });
  await create('queue c first', { name: 'c', priority: 1 });
  await priorities('queues with priorities');
  await create('queue a again', { name: 'a' });
  await create('queue with a taken priority', { name: 'd', priority: 2 });
  await priorities('queues moved');
  await create('queue without a name', {});
  await create('queue with an empty name', { name: '' });
  await create('queue with a slash', { name: 'a/b' });
  await create('queue of priority nothing', { name: 'e', priority: 0 });
  await create('queue with an unknown key', { name: 'e', colour: 'red' });
  await create('queue with a limit below nothing', { name: 'e', concurrency_limit: -1 });
  await create('queue far behind', { name: 'f', priority: 500 });
  await talk.post('queue of an unknown pool', `/work_pools/${talk.name('nobody')}/queues`, { name: 'a' });
  await talk.get('read the queue', `${path}/queues/a`);
  await talk.get('read the queue by id', `/work_queues/${a.text('id')}`);
  await talk.get('read an unknown queue', `${path}/queues/nonesuch`);
  await talk.get('read an unknown queue by id', `/work_queues/${unknownId}`);
  await talk.get('read a queue of an unknown pool', `/work_pools/${talk.name('nobody')}/queues/a`);
  const change = async (step: string, queue: string, body: object): Promise<void> => {
    await talk.patch(step, `${path}/queues/${queue}`, body);
    await priorities(`${step}: queues`);
  };
  await change('move b first', 'b', { priority: 1 });
  await change('resume a', 'a', { is_paused: false, description: 'new', concurrency_limit: null });
  await change('pause a', 'a', { is_paused: true });
  await change('change nothing of a', 'a', {});
  await change('rename a', 'a', { name: 'z' });
  await talk.patch('change an unknown queue', `${path}/queues/nonesuch`, { priority: 1 });
  await talk.patch('change to an unknown key', `${path}/queues/b`, { colour: 'red' });
  const filter = (step: string, work_queues: object, more: object = {}) =>
    talk.post(step, `${path}/queues/filter`, { work_queues, ...more }, { arrangedBy: 'name' });
  await filter('queues by name', { name: { any_: ['b', 'c'] } });
  await filter('queues by the start of a name', { name: { startswith_: ['d'] } });
  await filter('queues by id', { id: { any_: [a.text('id')] } });
  await filter('one queue', {}, { limit: 1 });
  await talk.post('queues of an unknown pool', `/work_pools/${talk.name('nobody')}/queues/filter`, {});
  await talk.delete('delete queue b', `${path}/queues/b`);
  await priorities('queues without b');
  await talk.delete('delete queue b again', `${path}/queues/b`);
  await talk.delete('delete the default queue', `${path}/queues/default`);
}

async function workers(talk: Talk, path: string): Promise<void> {
  const beat = (step: string, body: object) => talk.post(step, `${path}/workers/heartbeat`, body);
  const list = (step: string, workers_: object = {}, more: object = {}) =>
    talk.post(step, `${path}/workers/filter`, { workers: workers_, ...more }, { arrangedBy: 'name' });
  await list('no workers');
  await beat('a heartbeat', { name: 'one', heartbeat_interval_seconds: 30 });
  await talk.get('the pool is ready', path);
  await beat('another worker', { name: 'two' });
  await beat('a heartbeat again', { name: 'one', heartbeat_interval_seconds: 60 });
  await list('workers');
  await list('workers online', { status: { any_: ['ONLINE'] } });
  await list('workers offline', { status: { any_: ['OFFLINE'] } });
  await list('workers since', { last_heartbeat_time: { after_: talk.moment(-60) } });
  await list('workers before', { last_heartbeat_time: { before_: talk.moment(-60) } });
  await list('workers by an unknown key', { colour: {} });
  await list('one worker', {}, { limit: 1, offset: 2 });
  await beat('a heartbeat without a name', {});
  await beat('a heartbeat with an unknown key', { name: 'one', colour: 'red' });
  await beat('a heartbeat with a wrong interval', { name: 'one', heartbeat_interval_seconds: 'often' });
  await talk.post('a heartbeat in an unknown pool', `/work_pools/${talk.name('nobody')}/workers/heartbeat`, { name: 'one' });
  await talk.post('workers of an unknown pool', `/work_pools/${talk.name('nobody')}/workers/filter`, {});
  await talk.delete('delete a worker', `${path}/workers/one`);
  await talk.delete('delete it again', `${path}/workers/one`);
  await list('workers left');
}
