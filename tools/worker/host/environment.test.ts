import { expect, it } from 'vitest';

import { needsOwnProcess } from './environment.ts';

it.each([
  ['NODE_OPTIONS', true],
  ['NODE_EXTRA_CA_CERTS', true],
  ['NODE_TLS_REJECT_UNAUTHORIZED', true],
  ['SSL_CERT_FILE', true],
  ['UV_THREADPOOL_SIZE', true],
  ['LC_ALL', true],
  ['LD_PRELOAD', true],
  ['DATABASE_URL', false],
  ['MY_NODE_NAME', false],
  ['LANGUAGE_MODEL', false],
  ['TZ', false],
])('%s needs a process that was started with it: %s', (name, needed) => {
  expect(needsOwnProcess({ LEVEL: 'debug', [name]: 'x' })).toBe(needed);
});
