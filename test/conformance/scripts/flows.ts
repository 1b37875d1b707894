import { type Script, unknownId } from './script.ts';

export const flows: Script = async (talk) => {
  const name = talk.name('a');
  const first = await talk.post('create', '/flows/', { name, tags: ['x', 'y'], labels: { team: 'data', n: 1, yes: true } });
  await talk.post('create again', '/flows/', { name, tags: ['z'], labels: { team: 'other', more: 'x' } });
  await talk.post('create with a name alone', '/flows/', { name: talk.name('b') });
  await talk.post('create with null tags', '/flows/', { name: talk.name('c').replaceAll('-', '_'), tags: null });
  await talk.post('create with null labels', '/flows/', { name: talk.name('d'), labels: null });
  await talk.post('create with empty labels', '/flows/', { name: talk.name('e'), labels: {}, tags: [] });
  await talk.post('create with tags twice', '/flows/', { name: talk.name('f'), tags: ['b', 'a', 'b'] });
  for (const sign of ['/', '%', '&', '>', '<']) await talk.post(`create with ${sign} in its name`, '/flows/', { name: `${name}${sign}` });
  await talk.post('create with an empty name', '/flows/', { name: '' });
  await talk.post('create with a name in another script', '/flows/', { name: `${name} żółć 流れ 🚰` });
  await talk.post('create without a name', '/flows/', {});
  await talk.post('create with an unknown key', '/flows/', { name, colour: 'red' });
  await talk.post('create with a number for a name', '/flows/', { name: 5 });
  await talk.post('create with text for tags', '/flows/', { name, tags: 'x' });
  await talk.post('create with a nested label', '/flows/', { name: talk.name('g'), labels: { a: { b: 1 } } });

  const id = first.text('id');
  await talk.get('read', `/flows/${id}`);
  await talk.get('read by name', `/flows/name/${encodeURIComponent(name)}`);
  await talk.get('read an unknown one', `/flows/${unknownId}`);
  await talk.get('read an invalid id', '/flows/nonesuch');
  await talk.get('read an unknown name', `/flows/name/${talk.name('nobody')}`);

  const ours = { name: { like_: talk.name('') } };
  await talk.post('count', '/flows/count', { flows: ours });
  await talk.delete('delete', `/flows/${id}`);
  await talk.get('read the deleted one', `/flows/${id}`);
  await talk.delete('delete it again', `/flows/${id}`);
  await talk.delete('delete an invalid id', '/flows/nonesuch');
  await talk.post('count what is left', '/flows/count', { flows: ours });

  const used = await talk.post('create one with a run', '/flows/', { name: talk.name('used') });
  const run = await talk.post('create its run', '/flow_runs/', { flow_id: used.text('id') });
  const deployment = await talk.post('create its deployment', '/deployments/', { name: 'd', flow_id: used.text('id') });
  await talk.delete('delete the one with a run', `/flows/${used.text('id')}`);
  await talk.get('its run is gone too', `/flow_runs/${run.text('id')}`);
  await talk.get('its deployment is gone too', `/deployments/${deployment.text('id')}`);
};
