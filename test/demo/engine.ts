import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';
import { routes } from '@tributary/contract/routes';
import { connect, type Engine, resolveEngine } from '@tributary/flow/engine';
import { startServer } from '@tributary/server';
import { startWorker, type WorkerOptions } from '@tributary/worker';

import { cleanEnvironment } from '../support/process.ts';
import { startPrefect } from '../support/prefect/server.ts';
import { repository } from '../support/workspace.ts';
import type { Stops } from '../support/stops.ts';
import { say } from './say.ts';
import type { DemoEngine, Stage } from './stage.ts';

/** Starts the server: in this process if possible (a Prefect server can't), so that it ends with the demo. */
export async function startEngine({ options, home, stops, logs }: Stage): Promise<DemoEngine> {
  const onPrefect = options.engine === 'prefect';
  if (onPrefect) say('starting the Prefect server takes about 11 s …');
  const engine = await (onPrefect ? startOnPrefect : startEmbedded)(home, stops);
  logs.push({ of: 'server', lines: engine.log });
  say(`server    ${engine.url}${onPrefect ? ', a real Prefect server' : ''}`);
  return engine;
}

/** Starts a worker in this process. @param options a name, and what differs from a worker of this repository */
export async function startDemoWorker(
  { home, stops, logs }: Stage,
  engine: DemoEngine,
  options: Pick<WorkerOptions, 'name'> & Partial<WorkerOptions>,
): Promise<void> {
  const lines: string[] = [];
  logs.push({ of: `worker ${options.name}`, lines: () => lines });
  await stops.add(
    startWorker({
      client: connect(routes, engine, { patience: 60 }),
      api: { url: engine.url, credential: engine.credential, features: engine.features },
      prestart: 2,
      root: repository,
      home,
      dataDir: join(home, 'data'),
      log: (sentence) => lines.push(sentence),
      ...options,
      env: { ...process.env, ...options.env },
    }),
    (worker) => worker.stop(),
  );
}

/** Starts our own server in this process. */
async function startEmbedded(home: string, stops: Stops): Promise<DemoEngine> {
  await stops.add(startServer({ home, port: 0 }), (started) => started.close());
  const environment = { TRIBUTARY_HOME: home };
  return { ...(await find(environment)), environment, lost: new Promise(() => undefined), log: () => [] };
}

/** Starts a real Prefect server, with its PREFECT_HOME in the demo's folder. */
async function startOnPrefect(home: string, stops: Stops): Promise<DemoEngine> {
  const prefect = await stops.add(startPrefect({ home: join(home, 'prefect'), signal: stops.signal }), (started) => started.stop());
  // The workspace of this repository has no id, because each clone of it would have the same one.
  const environment = { TRIBUTARY_HOME: home, ...prefect.environment, TRIBUTARY_WORKSPACE: 'tributary/demo' };
  const lost = prefect.running.ended.then(({ code, signal, stderr }): never => {
    const last = stderr.trim().split('\n').at(-1);
    throw new TributaryError(
      'unreachable',
      `the Prefect server at ${prefect.url} ended unexpectedly (${signal ?? `exit code ${code}`})${last ? `; its last line: ${last}` : ''}. The demo ends its other processes within 20 s. Then start the demo again: its deployments are kept.`,
    );
  });
  lost.catch(() => undefined);
  return {
    ...(await find(environment)),
    environment,
    lost,
    log: () => prefect.running.output().trim().split('\n').slice(-10),
    pages: prefect.url.replace(/\/api$/, ''),
  };
}

function find(environment: Readonly<Record<string, string>>): Promise<Engine> {
  return resolveEngine({ access: 'write', cwd: repository, env: cleanEnvironment(environment) });
}
