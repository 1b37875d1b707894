import { createClient } from '@tributary/contract/client';
import type { Feature } from '@tributary/contract/routes/admin';
import { routes } from '@tributary/contract/routes';

import { resolveSettings, type WorkerOptions } from '../settings.ts';
import { FakeServer } from './fake-server/fake-server.ts';

/** Creates the options and settings of a worker that reaches its fake server without HTTP, for tests on fake time. */
export function openTimedWorker(features: Feature[] = ['claim', 'long-poll', 'interruptions'], more: Partial<WorkerOptions> = {}) {
  const server = new FakeServer(features);
  const said: string[] = [];
  const options: WorkerOptions = {
    client: createClient(routes, { url: server.url, patience: 0, transport: server.transport }),
    api: { url: server.url, credential: null, features },
    name: 'w1',
    root: '/root',
    home: '/root/.tributary',
    dataDir: '/root/.tributary/data',
    prestart: 0,
    env: {},
    log: (message) => void said.push(message),
    ...more,
  };
  return { server, said, options, settings: resolveSettings(options, crypto.randomUUID()) };
}
