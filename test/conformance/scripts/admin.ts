import type { Script } from './script.ts';

export const admin: Script = async (talk) => {
  await talk.get('health', '/health');
  await talk.get('ready', '/ready');
  const { body } = await talk.get('version of the server', '/admin/version');
  talk.note('major version', String(body).split('.')[0]);
  await talk.get('version', '/version');
  await talk.get('storage', '/admin/storage');
  await talk.get('an unknown route', '/nonesuch');
  await talk.post('a method that the route lacks', '/health');
  await talk.get('an old version of the API', '/flows/filter', { headers: { 'x-prefect-api-version': '0.7.0' } });
  await talk.get('an invalid version of the API', '/admin/version', { headers: { 'x-prefect-api-version': 'newest' } });
  await talk.get('a newer version of the API', '/admin/version', { headers: { 'x-prefect-api-version': '0.9.0' } });
  await talk.get('no version of the API', '/admin/version', { headers: { 'x-prefect-api-version': '' } });
  await talk.get('what only our server can do', '/tributary');
  await talk.post('runs to cancel or paused, by a route that only our server has', '/tributary/interruptions', {
    worker: talk.name('worker'),
    boot: '00000000-0000-4000-8000-000000000001',
  });
  await talk.post('why runs wait, by a route that only our server has', '/tributary/waiting', {
    ids: ['00000000-0000-4000-8000-000000000001'],
  });
  await talk.post('several changes at once, by a route that only our server has', '/tributary/apply', {
    changes: [{ change: 'put', flow: talk.name('applied'), seen: null, deployment: { name: 'applied', labels: { a: 1 } } }],
  });
};
