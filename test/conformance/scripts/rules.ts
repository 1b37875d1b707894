import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

const stop = '11111111-1111-4111-8111-111111111111';
const go = '22222222-2222-4222-8222-222222222222';

/** Rules of flow runs that depend on more than the types of the old and the new state. */
export const rules: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const deployment = await talk.post('deployment', '/deployments/', { name: 'd', flow_id: flow.text('id') });
  const create = async (step: string, state?: unknown, more: object = {}): Promise<string> => {
    const run = await talk.post(`${step}: run`, `/deployments/${deployment.text('id')}/create_flow_run`, {
      name: talk.name(step),
      ...(state === undefined ? {} : { state }),
      ...more,
    });
    return run.text('id');
  };
  const propose = (step: string, id: string, state: unknown, force = false) =>
    talk.post(step, `/flow_runs/${id}/set_state`, { state, force });
  const read = (step: string, id: string) => talk.get(`${step}: record`, `/flow_runs/${id}`);

  await duplicates(create, propose);
  await names(create, propose);
  await times(talk, create, propose, read);
  await lives(create, propose, read);
  await retries(talk, create, propose, read);
  await oddProposals(talk, create, propose);
};

type Create = (step: string, state?: unknown, more?: object) => Promise<string>;
type Propose = (step: string, id: string, state: unknown, force?: boolean) => ReturnType<Talk['post']>;
type Read = (step: string, id: string) => ReturnType<Talk['get']>;

async function duplicates(create: Create, propose: Propose): Promise<void> {
  const run = await create('the same transition twice', { type: 'PENDING' });
  const running = { type: 'RUNNING', state_details: { transition_id: stop } };
  await propose('the first time', run, running);
  await propose('the second time', run, running);
  await propose('the second time, forced', run, running, true);
  await propose('another transition to the same state', run, { type: 'RUNNING', state_details: { transition_id: go } });
}

async function names(create: Create, propose: Propose): Promise<void> {
  const pending = await create('pending again', { type: 'PENDING' });
  await propose('PENDING to Submitting', pending, { type: 'PENDING', name: 'Submitting' });
  await propose('Submitting to Pending', pending, { type: 'PENDING', name: 'Pending' });
  await propose('Submitting to Submitting', pending, { type: 'PENDING', name: 'Submitting' });
  await propose('Submitting to InfrastructurePending', pending, { type: 'PENDING', name: 'InfrastructurePending' });
  await propose('to RUNNING of that', pending, { type: 'RUNNING', name: 'Retrying' });
  await propose('RUNNING to Submitting', pending, { type: 'PENDING', name: 'Submitting' });
  await propose('a name of the user', pending, { type: 'COMPLETED', name: 'Skipped', message: 'nothing to do' });

  const late = await create('late by hand', { type: 'SCHEDULED' });
  await propose('SCHEDULED to Late', late, { type: 'SCHEDULED', name: 'Late' });
  await propose('Late to PENDING', late, { type: 'PENDING' });

  const cancelling = await create('cancelling', { type: 'RUNNING' });
  await propose('RUNNING to CANCELLING', cancelling, { type: 'CANCELLING' });
  await propose('CANCELLING to CANCELLING again', cancelling, { type: 'CANCELLING', name: 'Cancelling now' });
  await propose('CANCELLING to CRASHED', cancelling, { type: 'CRASHED' });
  await propose('CANCELLING to Cancelled by name', cancelling, { type: 'CANCELLED', name: 'Cancelled by Ada' });
}

async function times(talk: Talk, create: Create, propose: Propose, read: Read): Promise<void> {
  const future = talk.moment(1_000_000);
  const past = talk.moment(-1_000_000);
  const far = await create('scheduled far ahead', { type: 'SCHEDULED', state_details: { scheduled_time: future } });
  await propose('ahead to PENDING', far, { type: 'PENDING' });
  await propose('ahead to RUNNING', far, { type: 'RUNNING' });
  await propose('ahead to RUNNING, forced', far, { type: 'RUNNING' }, true);
  await read('ran ahead', far);
  const straight = await create('scheduled far ahead, no claim', { type: 'SCHEDULED', state_details: { scheduled_time: future } });
  const waits = await propose('ahead straight to RUNNING', straight, { type: 'RUNNING' });
  talk.note('a WAIT answer has its seconds', Number(waits.at('details', 'delay_seconds')) > 900_000);
  await propose('ahead to FAILED', straight, { type: 'FAILED' });
  await read('failed ahead', straight);
  const due = await create('scheduled long ago', { type: 'SCHEDULED', state_details: { scheduled_time: past } });
  await read('due', due);
  await propose('due to PENDING', due, { type: 'PENDING' });
  await propose('PENDING to RUNNING', due, { type: 'RUNNING' });
  await read('due, running', due);
  await propose('RUNNING to SCHEDULED at a time', due, { type: 'SCHEDULED', state_details: { scheduled_time: future } });
  await read('scheduled anew', due);
  const none = await create('no state');
  await read('no state', none);
}

async function lives(create: Create, propose: Propose, read: Read): Promise<void> {
  const life = await create('a whole run', { type: 'SCHEDULED' });
  for (const [index, type] of ['PENDING', 'RUNNING', 'RUNNING', 'FAILED', 'SCHEDULED', 'PENDING', 'RUNNING', 'COMPLETED'].entries()) {
    const step = `whole run, step ${index + 1}, ${type}`;
    await propose(step, life, { type });
    await read(step, life);
  }
  for (const type of ['CANCELLED', 'CRASHED', 'FAILED', 'COMPLETED']) {
    const run = await create(`${type} before it ran`, { type: 'PENDING' });
    await propose(`PENDING to ${type} at once`, run, { type });
    await read(`${type} before it ran`, run);
  }
}

async function retries(talk: Talk, create: Create, propose: Propose, read: Read): Promise<void> {
  const policy = { empirical_policy: { retries: 2, retry_delay: 3000 } };
  const run = await create('retries', { type: 'PENDING' }, policy);
  await read('retries', run);
  for (const attempt of [1, 2, 3, 4]) {
    await propose(`attempt ${attempt} runs`, run, { type: 'RUNNING' }, attempt > 1);
    const answer = await propose(`attempt ${attempt} fails`, run, { type: 'FAILED', message: 'no' });
    const time = answer.at('state', 'state_details', 'scheduled_time');
    talk.note(`attempt ${attempt} is retried in`, typeof time === 'string' && Date.parse(time) > Date.parse(talk.moment(2000)));
    await read(`attempt ${attempt}`, run);
  }
  const without = await create('retries without a delay', { type: 'RUNNING' }, { empirical_policy: { retries: 1 } });
  await propose('fails without a delay', without, { type: 'FAILED' });
  await propose('runs again without a delay', without, { type: 'RUNNING' });
  await read('without a delay', without);
  const crash = await create('retries and a crash', { type: 'RUNNING' }, policy);
  await propose('a crash is not retried', crash, { type: 'CRASHED' });
  const waiting = await create('retries and a claim', { type: 'RUNNING' }, policy);
  await propose('waits in its process for a retry', waiting, { type: 'FAILED' });
  await propose('a claim of what waits in its process', waiting, { type: 'PENDING' });
  const forced = await create('retries and a forced failure', { type: 'RUNNING' }, policy);
  await propose('a forced failure is not retried', forced, { type: 'FAILED' }, true);
  const early = await create('retries and no start', { type: 'PENDING' }, policy);
  await propose('a failure before it ran', early, { type: 'FAILED' });
  await read('a failure before it ran', early);
  const patched = await create('retries by PATCH', { type: 'RUNNING' });
  await talk.patch('set the policy', `/flow_runs/${patched}`, {
    empirical_policy: { retries: 1, retry_delay: 5, retry_type: 'reschedule' },
  });
  await read('retries by PATCH', patched);
  await propose('fails after PATCH', patched, { type: 'FAILED' });
  await talk.patch('set the policy again', `/flow_runs/${patched}`, { empirical_policy: { pause_keys: ['a'], resuming: true } });
  await read('replaced whole', patched);
}

async function oddProposals(talk: Talk, create: Create, propose: Propose): Promise<void> {
  const run = await create('odd proposals', { type: 'PENDING' });
  await propose('an unknown run', unknownId, { type: 'RUNNING' });
  await propose('an invalid id', 'nonesuch', { type: 'RUNNING' });
  await propose('an invalid type', run, { type: 'SLEEPING' });
  await propose('a type in small letters', run, { type: 'running' });
  await propose('no type', run, { name: 'Running' });
  await propose('a null type', run, { type: null });
  await propose('an id in the state', run, { type: 'RUNNING', id: stop });
  await propose('a timestamp in the state', run, { type: 'RUNNING', timestamp: talk.moment(0) });
  await propose('an unknown key in the state', run, { type: 'RUNNING', colour: 'red' });
  await propose('null for everything', run, { type: 'PENDING', name: null, message: null, data: null, state_details: null });
  await propose('unknown details', run, { type: 'PENDING', name: 'A', state_details: { colour: 'red', flow_run_id: null } });
  await propose('wrong details', run, { type: 'PENDING', name: 'B', state_details: { scheduled_time: 'soon' } });
  await propose('a number for a name', run, { type: 'PENDING', name: 7 });
  await talk.post('no state', `/flow_runs/${run}/set_state`, {});
  await talk.post('text for a state', `/flow_runs/${run}/set_state`, { state: 'RUNNING' });
  await talk.post('null for a state', `/flow_runs/${run}/set_state`, { state: null });
  await talk.post('text for force', `/flow_runs/${run}/set_state`, { state: { type: 'RUNNING' }, force: 'perhaps' });
  await talk.post('an unknown key beside the state', `/flow_runs/${run}/set_state`, { state: { type: 'RUNNING' }, colour: 'red' });
  await propose('data of every kind', run, { type: 'COMPLETED', data: { value: [1, 'two', null, { three: 3.5 }] } });
  await propose('a time in Python’s words', await create('odd time', { type: 'RUNNING' }), {
    type: 'SCHEDULED',
    state_details: { scheduled_time: '2031-05-06 07:08:09.123456+00:00' },
  });
  await propose('a time with an offset', await create('offset', { type: 'RUNNING' }), {
    type: 'SCHEDULED',
    state_details: { scheduled_time: '2031-05-06T07:08:09+02:00' },
  });
}
