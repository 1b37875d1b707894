import type { Script } from './script.ts';

export const variables: Script = async (talk) => {
  const name = talk.name('v').replaceAll('-', '_');
  const path = `/variables/name/${name}`;
  const first = await talk.post('create', '/variables/', { name, value: 'text', tags: ['a', 'b'] });
  await talk.post('create again', '/variables/', { name, value: 1 });
  const values = { number: 1.5, list: [1, 'a', null], object: { a: { b: 1 } }, yes: true, nothing: null, empty: '' };
  for (const [kind, value] of Object.entries(values)) await talk.post(`create ${kind}`, '/variables/', { name: `${name}_${kind}`, value });
  await talk.post('create the longest', '/variables/', { name: `${name}_long`, value: 'x'.repeat(4990) });
  await talk.post('create too long', '/variables/', { name: `${name}_longer`, value: 'x'.repeat(5001) });
  await talk.post('create a name too long', '/variables/', { name: `${name}_${'x'.repeat(255)}`, value: 1 });
  for (const wrong of ['Upper', 'with space', '', 'ż'])
    await talk.post(`create the name "${wrong}"`, '/variables/', { name: wrong, value: 1 });
  await talk.post('create a name with dashes', '/variables/', { name: talk.name('dashed'), value: 1 });
  await talk.post('create without a value', '/variables/', { name: `${name}_none` });
  await talk.post('create without a name', '/variables/', { value: 1 });
  await talk.post('create with an unknown key', '/variables/', { name: `${name}_key`, value: 1, colour: 'red' });
  await talk.post('create with null tags', '/variables/', { name: `tags_${name.replaceAll('_', '')}`, value: 1, tags: null });
  await talk.get('read', path);
  await talk.get('read an unknown one', '/variables/name/nonesuch_at_all');
  await talk.patch('change the value', path, { value: { now: 'an object' } });
  await talk.get('the value changed', path);
  await talk.patch('change tags', path, { tags: ['c'] });
  await talk.get('tags changed', path);
  await talk.patch('change to null', path, { value: null });
  await talk.get('changed to null', path);
  await talk.patch('change nothing', path, {});
  await talk.patch('rename', path, { name: `${name}_renamed` });
  await talk.get('its old name', path);
  await talk.get('its new name', `${path}_renamed`);
  await talk.patch('rename to one that is taken', `${path}_renamed`, { name: `${name}_yes` });
  await talk.patch('change an unknown one', '/variables/name/nonesuch_at_all', { value: 1 });
  await talk.patch('change an unknown key', `${path}_renamed`, { colour: 'red' });
  const own = { name: { like_: name } };
  for (const sort of ['NAME_ASC', 'NAME_DESC', 'CREATED_DESC', 'UPDATED_DESC'])
    await talk.post(`sort ${sort}`, '/variables/filter', { variables: own, sort });
  await talk.post('sort by nothing known', '/variables/filter', { variables: own, sort: 'VALUE_ASC' });
  await talk.post('a page', '/variables/filter', { variables: own, limit: 2, offset: 1 });
  await talk.post('by name', '/variables/filter', { variables: { name: { any_: [`${name}_yes`, `${name}_list`] } } });
  await talk.post('by tags', '/variables/filter', { variables: { ...own, tags: { all_: ['c'] } } });
  await talk.post('by any tag', '/variables/filter', { variables: { ...own, tags: { any_: ['c', 'd'] } } });
  await talk.post('without tags', '/variables/filter', { variables: { ...own, tags: { is_null_: true } } });
  await talk.post('by id', '/variables/filter', { variables: { id: { any_: [first.text('id')] } } });
  await talk.post('by an unknown key', '/variables/filter', { variables: { colour: {} } });
  await talk.post('count', '/variables/count', { variables: own });
  await talk.delete('delete', `${path}_renamed`);
  await talk.delete('delete again', `${path}_renamed`);
};
