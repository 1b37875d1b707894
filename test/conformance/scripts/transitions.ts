import { stateTypes } from '@tributary/contract';

import type { Talk } from '../talk/talk.ts';
import type { Script } from './script.ts';

interface Run {
  readonly step: string;
  readonly id: string;
}

/** Moves flow runs from every state to every state, by the rules and by force. */
export const transitions: Script = async (talk) => {
  const flow = await talk.post('flow', '/flows/', { name: talk.name('f') });
  const flow_id = flow.text('id');
  const deployment = await talk.post('deployment', '/deployments/', { name: 'd', flow_id });

  const create = async (step: string, from: string, variant: string, deployed = true): Promise<Run> => {
    // Only runs with the state name Scheduled become late. With another name, SCHEDULED runs stay as they are during the test.
    const state = { type: from, name: `Is ${from}` };
    const created = { name: talk.name(step), tags: [variant], state };
    const path = deployed ? `/deployments/${deployment.text('id')}/create_flow_run` : '/flow_runs/';
    const run = await talk.post(`${step}: run`, path, deployed ? created : { ...created, flow_id });
    return { step, id: run.text('id') };
  };
  const readRecord = (variant: string) =>
    talk.post(`the record of runs ${variant}`, '/flow_runs/filter', {
      flow_runs: { tags: { all_: [variant] }, name: { like_: talk.name('') } },
      sort: 'NAME_ASC',
    });

  for (const { variant, deployed, force, froms, tos } of [
    { variant: 'with a deployment', deployed: true, force: false, froms: stateTypes, tos: stateTypes },
    { variant: 'with a deployment, forced', deployed: true, force: true, froms: stateTypes, tos: stateTypes },
    { variant: 'without a deployment', deployed: false, force: false, froms: stateTypes, tos: stateTypes },
    { variant: 'without a deployment, forced', deployed: false, force: true, froms: stateTypes, tos: ['SCHEDULED'] as const },
  ]) {
    for (const from of froms)
      for (const to of tos) await propose(talk, await create(`${from} to ${to} ${variant}`, from, variant, deployed), to, force);
    await readRecord(variant);
  }

  for (const force of [false, true]) {
    const variant = force ? 'with infrastructure, forced' : 'with infrastructure';
    for (const from of stateTypes)
      for (const to of ['CANCELLING', 'SCHEDULED']) {
        const run = await create(`${from} to ${to} ${variant}`, from, variant);
        await talk.patch(`${run.step}: infrastructure`, `/flow_runs/${run.id}`, { infrastructure_pid: 'host:1' });
        await propose(talk, run, to, force);
      }
    await readRecord(variant);
  }

  for (const { variant, data, next, force } of [
    { variant: 'with a result', data: { value: 1 }, next: undefined, force: false },
    { variant: 'with a result, forced', data: { value: 1 }, next: undefined, force: true },
    { variant: 'with another result', data: { value: 1 }, next: { value: 2 }, force: false },
    { variant: 'with another result, forced', data: { value: 1 }, next: { value: 2 }, force: true },
    { variant: 'with a result that is not kept', data: { type: 'unpersisted' }, next: undefined, force: false },
  ]) {
    for (const to of stateTypes) {
      const run = await create(`COMPLETED to ${to} ${variant}`, 'RUNNING', variant);
      await talk.post(`${run.step}: complete`, `/flow_runs/${run.id}/set_state`, { state: { type: 'COMPLETED', data } });
      await propose(talk, run, to, force, next);
    }
    await readRecord(variant);
  }
};

async function propose(talk: Talk, { step, id }: Run, type: string, force: boolean, data?: unknown): Promise<void> {
  // A SCHEDULED run with this state name doesn't become late during the test.
  const name = type === 'SCHEDULED' ? { name: 'Anew' } : {};
  await talk.post(step, `/flow_runs/${id}/set_state`, { state: { type, ...name, ...(data === undefined ? {} : { data }) }, force });
}
