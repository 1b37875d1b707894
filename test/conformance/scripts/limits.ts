import type { Talk } from '../talk/talk.ts';
import { type Script, unknownId } from './script.ts';

/** Global limits by name, and leases on their slots. */
export const limits: Script = async (talk) => {
  const path = '/v2/concurrency_limits';
  const name = talk.name('l');
  const made = await talk.post('create', `${path}/`, { name, limit: 3 });
  await talk.post('create again', `${path}/`, { name, limit: 4 });
  await talk.post('create whole', `${path}/`, {
    name: talk.name('whole'),
    limit: 2,
    active: false,
    active_slots: 1,
    denied_slots: 4,
    slot_decay_per_second: 0.5,
  });
  await talk.post('create with nothing left', `${path}/`, { name: talk.name('none'), limit: 0 });
  for (const sign of ['/', '%', '&', '>', '<']) await talk.post(`create with ${sign}`, `${path}/`, { name: `${name}${sign}`, limit: 1 });
  await talk.post('create below nothing', `${path}/`, { name: talk.name('below'), limit: -1 });
  await talk.post('create without a limit', `${path}/`, { name: talk.name('w') });
  await talk.post('create without a name', `${path}/`, { limit: 1 });
  await talk.post('create with an unknown key', `${path}/`, { name: talk.name('w'), limit: 1, colour: 'red' });
  await talk.get('read by name', `${path}/${name}`);
  await talk.get('read by id', `${path}/${made.text('id')}`);
  await talk.get('read an unknown name', `${path}/nonesuch-at-all`);
  await talk.get('read an unknown id', `${path}/${unknownId}`);
  await talk.patch('change', `${path}/${name}`, { limit: 2, slot_decay_per_second: 0 });
  await talk.get('changed', `${path}/${name}`);
  await talk.patch('change by id', `${path}/${made.text('id')}`, { active: true });
  await talk.patch('change nothing', `${path}/${name}`, {});
  await talk.patch('change to a taken name', `${path}/${name}`, { name: talk.name('none') });
  await talk.patch('change below nothing', `${path}/${name}`, { limit: -1 });
  await talk.patch('change an unknown one', `${path}/nonesuch-at-all`, { limit: 1 });
  await talk.patch('change an unknown key', `${path}/${name}`, { colour: 'red' });
  await talk.post('no rows', `${path}/filter`, { limit: 0 });
  await talk.post('too many rows', `${path}/filter`, { limit: 201 });

  await slots(talk, path, name);
  await leases(talk, path);
  await rates(talk, path);

  await talk.delete('delete', `${path}/${name}`);
  await talk.delete('delete again', `${path}/${name}`);
  await talk.delete('delete by id', `${path}/${unknownId}`);
};

async function slots(talk: Talk, path: string, name: string): Promise<void> {
  const take = (step: string, body: object) => talk.post(step, `${path}/increment`, { mode: 'concurrency', ...body });
  const back = (step: string, body: object) => talk.post(step, `${path}/decrement`, body);
  await take('take one', { names: [name], slots: 1 });
  await take('take another', { names: [name], slots: 1 });
  await take('take one too many', { names: [name], slots: 1 });
  await take('take more than there are', { names: [name], slots: 3 });
  await take('take of an unknown limit', { names: ['nonesuch-at-all'], slots: 1 });
  await take('take of an inactive limit', { names: [talk.name('whole')], slots: 1 });
  await take('take of nothing left', { names: [talk.name('none')], slots: 1 });
  await take('take of no names', { names: [], slots: 1 });
  await take('take no slots', { names: [name], slots: 0 });
  await take('take in an unknown mode', { names: [name], slots: 1, mode: 'loud' });
  await take('take and create', { names: [talk.name('created')], slots: 1, create_if_missing: true });
  await talk.get('taken', `${path}/${name}`);
  await back('give one back', { names: [name], slots: 1, occupancy_seconds: 12.5 });
  await talk.get('given back', `${path}/${name}`);
  await back('give back more than were taken', { names: [name], slots: 5 });
  await talk.get('none taken', `${path}/${name}`);
  await back('give back of an unknown limit', { names: ['nonesuch-at-all'], slots: 1 });
  await back('give back nothing', { names: [name], slots: 0 });
  await take('take after it was full', { names: [name], slots: 2 });
  await back('give all back', { names: [name], slots: 2 });
}

async function leases(talk: Talk, path: string): Promise<void> {
  const name = talk.name('lease');
  await talk.post('a limit of two', `${path}/`, { name, limit: 2 });
  const take = (step: string, body: object) => talk.post(step, `${path}/increment-with-lease`, { names: [name], slots: 1, ...body });
  const first = await take('lease one', { mode: 'concurrency', lease_duration: 60 });
  await take('lease another', { lease_duration: 300, holder: { type: 'flow_run', id: unknownId } });
  await take('lease one too many', { lease_duration: 300 });
  await take('lease more than there are', { slots: 3, lease_duration: 300 });
  await take('lease too short', { lease_duration: 59 });
  await take('lease too long', { lease_duration: 86_401 });
  await take('lease of no length', {});
  await take('lease of an unknown limit', { names: ['nonesuch-at-all'], lease_duration: 60 });
  await take('lease of no names', { names: [], lease_duration: 60 });
  await take('lease for a wrong holder', { lease_duration: 60, holder: { type: 'person', id: unknownId } });
  await talk.get('leased', `${path}/${name}`);
  const id = first.text('lease_id');
  await talk.post('renew', `${path}/leases/${id}/renew`, { lease_duration: 120 });
  await talk.post('renew for too short', `${path}/leases/${id}/renew`, { lease_duration: 1 });
  await talk.post('renew with nothing', `${path}/leases/${id}/renew`, {});
  await talk.post('renew an unknown one', `${path}/leases/${unknownId}/renew`, { lease_duration: 60 });
  await talk.post('give the lease back', `${path}/decrement-with-lease`, { lease_id: id });
  await talk.get('lease given back', `${path}/${name}`);
  await talk.post('give it back again', `${path}/decrement-with-lease`, { lease_id: id });
  await talk.post('give an unknown one back', `${path}/decrement-with-lease`, { lease_id: unknownId });
  await talk.post('give back nothing known', `${path}/decrement-with-lease`, {});
  await talk.post('renew what was given back', `${path}/leases/${id}/renew`, { lease_duration: 60 });
  await take('lease the free one', { lease_duration: 60 });
}

async function rates(talk: Talk, path: string): Promise<void> {
  const name = talk.name('rate');
  await talk.post('a rate', `${path}/`, { name, limit: 2, slot_decay_per_second: 0.001 });
  const take = (step: string, body: object) => talk.post(step, `${path}/increment`, { names: [name], slots: 1, ...body });
  await take('take of the rate', { mode: 'rate_limit' });
  await take('take of the rate again', { mode: 'rate_limit' });
  await take('the rate is used up', { mode: 'rate_limit' });
  await take('a rate of a limit that has none', { names: [talk.name('lease')], mode: 'rate_limit' });
}
