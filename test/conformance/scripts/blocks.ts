import { type Script, unknownId } from './script.ts';

export const blocks: Script = async (talk) => {
  const type = await talk.get('the Secret type', '/block_types/slug/secret');
  await talk.get('an unknown type', '/block_types/slug/nonesuch');
  const schema = await talk.get(
    'the Secret schema',
    '/block_schemas/checksum/sha256:c078ed9c1e813e224c0b353d7ad4564a11d51d3198d9ac0686478165a1911c78',
  );
  await talk.get('an unknown schema', '/block_schemas/checksum/sha256:0');
  const ids = { block_type_id: type.text('id'), block_schema_id: schema.text('id') };
  const name = talk.name('secret');
  const path = `/block_types/slug/secret/block_documents/name/${name}`;
  const create = (step: string, body: object) => talk.post(step, '/block_documents/', body);
  const made = await create('create', { ...ids, name, data: { value: 'hush' }, is_anonymous: false });
  await create('create again', { ...ids, name, data: { value: 'other' } });
  await create("create a value that isn't text", { ...ids, name: talk.name('object'), data: { value: { a: 1 } } });
  await create('create without data', { ...ids, name: talk.name('w').replaceAll('-', '') });
  await create('create without a name', { ...ids, data: { value: 'x' } });
  await create('create an anonymous one', { ...ids, data: { value: 'x' }, is_anonymous: true });
  await create('create with a wrong name', { ...ids, name: 'Wrong Name', data: { value: 'x' } });
  await create('create of an unknown type', { ...ids, block_type_id: unknownId, name: talk.name('w'), data: {} });
  await create('create of an unknown schema', { ...ids, block_schema_id: unknownId, name: talk.name('w'), data: {} });
  await create('create with an unknown key', { ...ids, name: talk.name('w'), data: {}, colour: 'red' });
  await talk.get('read', path);
  await talk.get('read with secrets', `${path}?include_secrets=true`);
  await talk.get('read without secrets', `${path}?include_secrets=false`);
  await talk.get('read with secrets perhaps', `${path}?include_secrets=perhaps`);
  await talk.get('read an unknown name', '/block_types/slug/secret/block_documents/name/nonesuch');
  await talk.get('read of an unknown type', `/block_types/slug/nonesuch/block_documents/name/${name}`);
  await talk.patch('change', `/block_documents/${made.text('id')}`, { data: { value: 'new' } });
  await talk.get('changed', `${path}?include_secrets=true`);
  await talk.patch('change, not merged', `/block_documents/${made.text('id')}`, { data: { value: 'newer' }, merge_existing_data: false });
  await talk.get('changed, not merged', `${path}?include_secrets=true`);
  await talk.patch('change nothing', `/block_documents/${made.text('id')}`, {});
  await talk.patch('change an unknown one', `/block_documents/${unknownId}`, { data: { value: 'x' } });
  const filter = (step: string, body: object) => talk.post(step, '/block_documents/filter', body, { arrangedBy: 'name' });
  const own = { name: { like_: talk.name('') } };
  await filter('by name', { block_documents: { name: { any_: [name] } } });
  await filter('by part of a name', { block_documents: own });
  await filter('with secrets', { block_documents: own, include_secrets: true });
  await filter('by type', { block_documents: { ...own, block_type_id: { any_: [ids.block_type_id] } } });
  await filter('by slug of the type', { block_documents: own, block_types: { slug: { any_: ['secret'] } } });
  await filter('anonymous ones', { block_documents: { ...own, is_anonymous: { eq_: true } } });
  await filter('by an unknown key', { block_documents: { colour: {} } });
  await filter('too many', { limit: 201 });
  await talk.delete('delete', `/block_documents/${made.text('id')}`);
  await talk.delete('delete again', `/block_documents/${made.text('id')}`);
  await talk.get('read the deleted one', path);
};
