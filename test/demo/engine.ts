import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';
import { type Engine, resolveEngine } from '@tributary/flow/engine';
import { startServer } from '@tributary/server';

import { cleanEnvironment } from '../support/process.ts';
import { startPrefect } from '../support/prefect/server.ts';
import { repository } from '../support/workspace.ts';
import type { Stops } from '../support/stops.ts';

export interface DemoEngine extends Engine {
  /** the environment variables with which our commands find the server */
  readonly environment: Readonly<Record<string, string>>;
  /** rejects if the server's process ends before the demo does */
  readonly lost: Promise<never>;
  /** the last lines that the server's own process printed; empty if the server runs in this process */
  log(): readonly string[];
  /** the URL of the server's web pages, if it has any */
  readonly pages?: string;
}

/** Starts our own server in this process. */
export async function startEmbedded(home: string, stops: Stops): Promise<DemoEngine> {
  await stops.add(startServer({ home, port: 0 }), (started) => started.close());
  const environment = { TRIBUTARY_HOME: home };
  return { ...(await find(environment)), environment, lost: new Promise(() => undefined), log: () => [] };
}

/** Starts a real Prefect server, with its PREFECT_HOME in the demo's folder. */
export async function startOnPrefect(home: string, stops: Stops): Promise<DemoEngine> {
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
