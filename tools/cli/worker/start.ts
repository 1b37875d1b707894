import { join, resolve } from 'node:path';

import { patience } from '@tributary/contract/client';
import { homeFiles } from '@tributary/contract/server-file';
import { startWorker } from '@tributary/worker';

import type { Call } from '../command/call.ts';
import { untilStopped } from '../command/signals.ts';
import { openEngine } from '../engine/open.ts';
import { placeOf } from '../server/home.ts';
import { holdName } from './name.ts';

export interface StartOptions {
  readonly pool: string;
  readonly queue?: readonly string[];
  readonly limit?: number;
  readonly prestart?: number;
  readonly name?: string;
  readonly passEnv?: readonly string[];
  readonly heartbeatSeconds?: number;
  readonly pollSeconds?: number;
  readonly graceSeconds?: number;
  readonly drainSeconds?: number;
  readonly dataDir?: string;
}

/**
 * Runs a worker until a signal. If the worker drains, the second signal ends its draining, and the third one ends worker and runs immediately.
 * If the worker doesn't drain, the second signal already ends worker and runs.
 */
export async function start(call: Call, options: StartOptions): Promise<undefined> {
  const { out, env } = call;
  const { root, home } = placeOf(call);
  const { engine, client } = await openEngine(call, 'write', patience.worker);
  const { limit, prestart, heartbeatSeconds, pollSeconds, graceSeconds, drainSeconds } = options;
  const { name, release } = options.name === undefined ? holdName(home) : { name: options.name, release: () => undefined };
  const worker = await startWorker({
    client,
    api: { url: engine.url, credential: engine.credential, features: engine.features },
    name,
    pool: options.pool,
    queues: options.queue,
    limit,
    prestart,
    heartbeatSeconds,
    pollSeconds,
    graceSeconds,
    root,
    home,
    dataDir: options.dataDir === undefined ? join(home, homeFiles.data) : resolve(call.cwd, options.dataDir),
    passEnv: options.passEnv,
    env,
    log: out.note,
  });
  let drains = (drainSeconds ?? 0) > 0;
  const stopped = untilStopped(() => {
    if (!drains) process.exit(1);
    drains = false;
    void worker.stop();
  });
  if (call.json) out.jsonLine({ worker: name, pool: options.pool, url: engine.url, pid: process.pid });
  else out.line(`Worker ${name} takes runs of work pool "${options.pool}" from ${engine.url}. Ctrl-C stops it.`);
  await stopped;
  await worker.stop(drainSeconds === undefined ? {} : { drainSeconds });
  release();
}
