import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

/** Pausing (the process waits), suspending (the process ends, and a new one starts later) and resuming, with inputs and time limits. */
export const pauses: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const deployment = await talk.post('deployment', '/deployments/', { flow_id: flow.text('id'), name: talk.name('d') });
  const run = async (step: string, more: object = {}): Promise<string> => {
    const made = await talk.post(`${step}: run`, `/deployments/${deployment.text('id')}/create_flow_run`, {
      name: talk.name(step),
      state: { type: 'RUNNING' },
      ...more,
    });
    return made.text('id');
  };
  const alone = async (step: string, more: object = {}): Promise<string> => {
    const made = await talk.post(`${step}: run`, '/flow_runs/', {
      flow_id: flow.text('id'),
      name: talk.name(step),
      state: { type: 'RUNNING' },
      ...more,
    });
    return made.text('id');
  };
  const propose = (step: string, id: string, state: object, force = false) =>
    talk.post(step, `/flow_runs/${id}/set_state`, { state, force });
  const resume = (step: string, id: string, body?: object) => talk.post(step, `/flow_runs/${id}/resume`, body);
  const read = (step: string, id: string) => talk.get(`${step}: record`, `/flow_runs/${id}`);
  const later = talk.moment(7_200_000);
  const pause = (details: object = {}) => ({
    type: 'PAUSED',
    name: 'Paused',
    state_details: { pause_timeout: later, pause_reschedule: false, ...details },
  });
  const suspend = (details: object = {}) => ({
    type: 'PAUSED',
    name: 'Suspended',
    state_details: { pause_timeout: later, pause_reschedule: true, ...details },
  });

  const first = await run('paused');
  await propose('pause with a key', first, pause({ pause_key: 'one' }));
  await propose('pause what is paused', first, pause({ pause_key: 'two' }));
  await read('paused', first);
  await resume('resume', first, {});
  await read('resumed', first);
  await resume('resume what is not paused', first, {});
  await propose('pause with the same key', first, pause({ pause_key: 'one' }));
  await propose('pause with another key', first, pause({ pause_key: 'two' }));
  await propose('run on by itself', first, { type: 'RUNNING' });
  await read('run on by itself', first);

  const second = await run('suspended');
  await propose('suspend', second, suspend({ pause_key: 'one' }));
  await read('suspended', second);
  await resume('resume the suspended', second);
  await read('suspended and resumed', second);
  await propose('claim the resumed', second, { type: 'PENDING' });
  await propose('run the resumed', second, { type: 'RUNNING' });
  await read('runs the second time', second);
  await propose('suspend again by the same key', second, suspend({ pause_key: 'one' }));

  const lonely = await alone('without a deployment');
  await propose('suspend without a deployment', lonely, suspend());
  await propose('pause without a deployment', lonely, pause());
  await resume('resume without a deployment', lonely, {});
  const parent = await talk.post('parent task', '/task_runs/', {
    flow_run_id: first,
    task_key: 'p',
    dynamic_key: '0',
    name: 'p',
    state: { type: 'RUNNING' },
  });
  const child = await run('a child', { parent_task_run_id: parent.text('id') });
  await propose('suspend a child', child, suspend());
  await propose('pause a child', child, pause());

  const late = await run('past its time');
  await propose('pause until long ago', late, pause({ pause_timeout: talk.moment(-1000) }));
  await resume('resume past its time', late, {});
  await read('past its time', late);
  const later2 = await run('past its time, running');
  await propose('pause until long ago again', later2, pause({ pause_timeout: talk.moment(-1000) }));
  await propose('run past its time', later2, { type: 'RUNNING' });
  const later3 = await run('past its time, suspended');
  await propose('suspend until long ago', later3, suspend({ pause_timeout: talk.moment(-1000) }));
  await propose('schedule past its time', later3, { type: 'SCHEDULED', name: 'Resuming' });

  await cancels(talk, run, propose, pause, suspend);
  await inputs(talk, run, propose, pause);
  await resume('resume an unknown run', unknownId, {});
  await resume('resume an invalid id', 'nonesuch', {});
};

type Make = (step: string) => Promise<string>;
type Propose = (step: string, id: string, state: object, force?: boolean) => Promise<unknown>;
type Paused = (details?: object) => object;

async function cancels(talk: Talk, run: Make, propose: Propose, pause: Paused, suspend: Paused): Promise<void> {
  for (const [name, state] of [
    ['paused', pause()],
    ['suspended', suspend()],
  ] as const)
    for (const force of [false, true]) {
      const step = `cancel a ${name} run${force ? ', forced' : ''}`;
      const id = await run(step);
      await propose(`${step}: first`, id, state);
      await propose(step, id, { type: 'CANCELLING' }, force);
      await talk.get(`${step}: record`, `/flow_runs/${id}`);
    }
}

async function inputs(talk: Talk, run: Make, propose: Propose, pause: Paused): Promise<void> {
  const id = await run('with an input');
  const schema = {
    type: 'object',
    properties: { approve: { type: 'boolean' }, note: { type: 'string', default: '-' } },
    required: ['approve'],
  };
  await talk.post('the input’s schema', `/flow_runs/${id}/input`, { key: 'paused-1-schema', value: JSON.stringify(schema) });
  await talk.post('the input’s description', `/flow_runs/${id}/input`, { key: 'paused-1-description', value: '"Well?"' });
  const keyset = { description: 'paused-1-description', response: 'paused-1-response', schema: 'paused-1-schema' };
  await propose('pause for an input', id, pause({ pause_key: 'i', run_input_keyset: keyset }));
  const resume = (step: string, body: object) => talk.post(step, `/flow_runs/${id}/resume`, body);
  await resume('resume with no input', {});
  await resume('resume with a wrong input', { run_input: { approve: 'perhaps' } });
  await resume('resume with an invalid input', { run_input: 'yes' });
  await resume('resume with the input', { run_input: { approve: true } });
  await talk.get('the input', `/flow_runs/${id}/input/paused-1-response`);
  await talk.get('with an input: record', `/flow_runs/${id}`);
}
