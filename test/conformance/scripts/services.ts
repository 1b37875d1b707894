import type { Reply } from '../talk/reply.ts';
import type { Script } from './script.ts';

/** The work of background services: marking runs as late, and cancelling the children of cancelled runs. */
export const services: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const deployment = await talk.post('deployment', '/deployments/', { flow_id: flow.text('id'), name: talk.name('d') });
  const create = async (step: string, body: object): Promise<string> => {
    const run = await talk.post(step, `/deployments/${deployment.text('id')}/create_flow_run`, { name: talk.name(step), ...body });
    return run.text('id');
  };
  const late = await create('due a minute ago', { state: { type: 'SCHEDULED', state_details: { scheduled_time: talk.moment(-60) } } });
  const ahead = await create('due in an hour', { state: { type: 'SCHEDULED', state_details: { scheduled_time: talk.moment(7200) } } });
  const named = await create('due, with a name of its own', {
    state: { type: 'SCHEDULED', name: 'AwaitingRetry', state_details: { scheduled_time: talk.moment(-60) } },
  });

  const parent = await create('parent', { state: { type: 'RUNNING' } });
  const task = await talk.post('task', '/task_runs/', {
    flow_run_id: parent,
    task_key: 'k',
    dynamic_key: '0',
    name: 't',
    state: { type: 'RUNNING' },
  });
  const child = await create('child', {
    parent_task_run_id: task.text('id'),
    state: { type: 'SCHEDULED', state_details: { scheduled_time: talk.moment(9000) } },
  });
  const busy = await talk.post('a child in its parent’s process', '/flow_runs/', {
    flow_id: flow.text('id'),
    name: talk.name('busy'),
    parent_task_run_id: task.text('id'),
    state: { type: 'RUNNING' },
  });
  await talk.post('cancel the parent', `/flow_runs/${parent}/set_state`, { state: { type: 'CANCELLED' }, force: true });

  const until = (step: string, id: string, isThere: (reply: Reply) => boolean) =>
    talk.until(step, { method: 'GET', path: `/flow_runs/${id}` }, isThere, 180);
  await until('it is late', late, (reply) => reply.at('state_name') === 'Late');
  await talk.get('an hour ahead is not late', `/flow_runs/${ahead}`);
  await talk.get('only Scheduled becomes late', `/flow_runs/${named}`);
  await talk.get('the states of the late one', `/flow_run_states/?flow_run_id=${late}`);
  await until('the child is cancelled', child, (reply) => reply.at('state_type') === 'CANCELLED');
  await until('the child in the process is cancelled', busy.text('id'), (reply) =>
    ['CANCELLED', 'CANCELLING'].includes(reply.text('state_type')),
  );
};
