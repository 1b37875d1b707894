import { expect, it } from 'vitest';

import { hostEnvironment, needsOwnProcess } from './environment.ts';

it('a host gets the variables of proxies and certificate authorities only for an API on https', () => {
  const env = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost', NODE_EXTRA_CA_CERTS: '/ca.pem', OTHER: 'x' };
  const of = (url: string) => hostEnvironment({ env, passEnv: [], api: { url, credential: null, features: [] }, home: '/home' });
  expect(of('https://api.example.com/api')).toMatchObject({
    HTTPS_PROXY: 'http://proxy:3128',
    NO_PROXY: 'localhost',
    NODE_EXTRA_CA_CERTS: '/ca.pem',
  });
  expect(Object.keys(of('https://api.example.com/api'))).not.toContain('OTHER');
  expect(Object.keys(of('http://127.0.0.1:4200/api'))).toEqual(['TRIBUTARY_API_URL', 'NODE_COMPILE_CACHE']);
});

it("a host has the worker's compile cache, or else the one in the home folder", () => {
  const api = { url: 'http://127.0.0.1:4200/api', credential: null, features: [] };
  const of = (env: Readonly<Record<string, string>>) => hostEnvironment({ env, passEnv: [], api, home: '/home' })['NODE_COMPILE_CACHE'];
  expect([of({ NODE_COMPILE_CACHE: '/cache' }), of({})]).toEqual(['/cache', '/home/compile-cache']);
});

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
])('whether a run that sets %s needs a process of its own: %s', (name, needed) => {
  expect(needsOwnProcess({ LEVEL: 'debug', [name]: 'x' })).toBe(needed);
});
