import { join } from 'node:path';

import { homeFiles } from '@tributary/contract/server-file';

import type { Settings } from '../settings.ts';

const always = ['PATH', 'HOME', 'TZ', 'LANG'];
/** Variables for an API on https: they set which further certificate authorities Node trusts, and the proxy of a closed network. */
const byHttps = ['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy'];

/**
 * The environment that each host starts with. It is never the worker's whole environment, and has the credential's variable only if the API
 * needs a credential. Hosts share a compile cache, which is the worker's own if it has one.
 */
export function hostEnvironment({ env, passEnv, api, home }: Pick<Settings, 'env' | 'passEnv' | 'api' | 'home'>): Record<string, string> {
  const names = [
    ...always,
    ...(api.url.startsWith('https:') ? byHttps : []),
    ...passEnv,
    ...(api.credential ? [api.credential.variable] : []),
  ];
  const passed = names.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...Object.fromEntries(passed),
    TRIBUTARY_API_URL: api.url,
    NODE_COMPILE_CACHE: env['NODE_COMPILE_CACHE'] ?? join(home, homeFiles.compileCache),
  };
}

/** Names that Node, its libraries or the system's loader read when the process starts. Setting them later has no effect. */
const readAtStart = /^(NODE_|SSL_CERT_|OPENSSL_|UV_|LD_|DYLD_|LC_|MALLOC_|ICU_|LANG$|GLIBC_TUNABLES$)/;

/** True if a run with these variables needs a process that is started with them, so that it can't use a waiting host. */
export function needsOwnProcess(env: Readonly<Record<string, string>>): boolean {
  return Object.keys(env).some((name) => readAtStart.test(name));
}
