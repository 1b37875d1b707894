import type { Script } from './script.ts';

/** Which runs a server offers to a worker, in which order, and which limits and pauses keep it from offering a run. */
export const scheduledRuns: Script = async (talk) => {
  const pool = talk.name('p');
  const path = `/work_pools/${pool}`;
  await talk.post('pool', '/work_pools/', { name: pool, type: 'tributary' });
  await talk.post('queue high', `${path}/queues`, { name: 'high', priority: 1 });
  await talk.post('queue low', `${path}/queues`, { name: 'low' });
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const run = async (queue: string, name: string, seconds: number): Promise<string> => {
    const deployment = await talk.post(`deployment of ${name}`, '/deployments/', {
      flow_id: flow.text('id'),
      name: talk.name(queue),
      work_pool_name: pool,
      work_queue_name: queue,
    });
    const made = await talk.post(`run ${name}`, `/deployments/${deployment.text('id')}/create_flow_run`, {
      name: talk.name(name),
      state: { type: 'SCHEDULED', name: 'AwaitingRetry', state_details: { scheduled_time: talk.moment(seconds) } },
    });
    return made.text('id');
  };
  const first = await run('default', 'default-1', -300);
  await run('default', 'default-2', -200);
  await run('low', 'low-1', -400);
  const high = await run('high', 'high-1', -100);
  await run('high', 'high-ahead', 1_000_000);
  const offered = async (step: string, body: object = {}): Promise<void> => {
    await talk.post(step, `${path}/get_scheduled_flow_runs`, body);
  };
  await offered('all of the pool');
  await offered('due by now', { scheduled_before: talk.moment(60) });
  await offered('due after', { scheduled_after: talk.moment(-250) });
  await offered('of two queues', { work_queue_names: ['default', 'high'] });
  await offered('of an unknown queue', { work_queue_names: ['nonesuch'] });
  await offered('at most two', { limit: 2 });
  await offered('none at all', { limit: 0 });
  await offered('too many', { limit: 201 });
  await offered('nulls', { work_queue_names: null, scheduled_before: null, scheduled_after: null, limit: null });
  await offered('an unknown key', { colour: 'red' });
  await talk.post('of an unknown pool', `/work_pools/${talk.name('nobody')}/get_scheduled_flow_runs`, {});

  await talk.patch('pause the high queue', `${path}/queues/high`, { is_paused: true });
  await offered('without the high queue');
  await talk.patch('resume the high queue', `${path}/queues/high`, { is_paused: false });
  await talk.patch('one slot in the default queue', `${path}/queues/default`, { concurrency_limit: 1 });
  await offered('one of the default queue');
  await talk.post('its slot is taken', `/flow_runs/${first}/set_state`, { state: { type: 'PENDING' } });
  await offered('none of the default queue');
  await talk.patch('two slots in the pool', path, { concurrency_limit: 2 });
  await offered('one of the pool');
  await talk.post('the pool is full', `/flow_runs/${high}/set_state`, { state: { type: 'PENDING' } });
  await offered('none of the pool');
  await talk.patch('any number in the pool', path, { concurrency_limit: null });
  await talk.patch('pause the pool', path, { is_paused: true });
  await offered('none of a paused pool');
  await talk.patch('resume the pool', path, { is_paused: false });
  await talk.patch('no slots in the queue', `${path}/queues/low`, { concurrency_limit: 0 });
  await offered('none of a queue without slots');
  await talk.post('retried in its process', `/flow_runs/${high}/set_state`, { state: { type: 'RUNNING' } });
  await talk.patch('its policy', `/flow_runs/${high}`, { empirical_policy: { retries: 3, retry_delay: 0 } });
  await talk.post('it fails', `/flow_runs/${high}/set_state`, { state: { type: 'FAILED' } });
  await offered('not what is retried in its process');
};
