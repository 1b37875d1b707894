import { join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import { fromMillis } from '@tributary/contract/moment';
import { routes } from '@tributary/contract/routes';
import { defaultPool } from '@tributary/contract/nouns/work-pool';
import { homeFiles } from '@tributary/contract/server-file';
import { patience } from '@tributary/contract/client';
import { connect, findRoot, homeOf, resolveEngine } from '@tributary/flow/engine';
import { startServer } from '@tributary/server';
import { startWorker } from '@tributary/worker';

import type { Call } from '../command/call.ts';
import { untilStopped } from '../command/signals.ts';
import { clock, lasting } from '../print/moment.ts';
import { noteElsewhere } from '../server/note-elsewhere.ts';
import { holdName } from '../worker/name.ts';
import { readPools } from '../work-pool/find.ts';
import { createDeployer } from './deployer.ts';
import { digest } from './digest.ts';
import { createPoolWorkers } from './pool-workers.ts';
import { watchSources } from './watch-sources.ts';

export interface DevOptions {
  readonly port?: number;
  readonly limit?: number;
  readonly passEnv?: readonly string[];
}

/** Runs a server and a worker for each work pool, and redeploys on save, until a signal. A second signal ends everything immediately. */
export async function dev(call: Call, { port, limit, passEnv }: DevOptions): Promise<undefined> {
  const { out } = call;
  const root = findRoot(call.cwd);
  const home = homeOf(root, call.env);
  const say = (who: string, text: string): void => {
    for (const line of text.split('\n'))
      out.line(`${out.paint('dim', clock(fromMillis(Date.now())))}  ${out.paint('cyan', who.padEnd(6))}  ${line}`);
  };
  const stops: (() => unknown)[] = [];
  // Ctrl-C during the start ends everything that was started so far.
  const stopped = untilStopped(() => process.exit(1));
  try {
    const server = await startServer({
      home,
      ...(port === undefined ? {} : { port }),
      ...(call.env['TRIBUTARY_API_AUTH_STRING'] ? { authString: call.env['TRIBUTARY_API_AUTH_STRING'] } : {}),
      log: (text) => say('server', text),
    });
    stops.push(() => server.close());
    say('server', `listens at ${server.url}`);
    noteElsewhere(call, server.url);

    const env = environmentFor(call.env, server.url);
    const engine = await resolveEngine({ access: 'write', cwd: root, env });
    const client = connect(routes, engine, { patience: patience.worker });
    const workers = createPoolWorkers(
      async () => (await readPools(client)).filter(({ type }) => type === defaultPool.type).map(({ name }) => name),
      async (pool) => {
        const { name, release } = holdName(home);
        const worker = await startWorker({
          client,
          api: { url: engine.url, credential: engine.credential, features: engine.features },
          name,
          pool,
          limit,
          // A waiting process for each core, for each pool, would be too many.
          prestart: pool === defaultPool.name ? undefined : 1,
          root,
          home,
          dataDir: join(home, homeFiles.data),
          passEnv,
          env: call.env,
          log: (text) => say('worker', text),
        }).catch((error: unknown) => {
          release();
          throw error;
        });
        say('worker', `${name} takes runs of work pool "${pool}"`);
        if (call.json) out.jsonLine({ url: server.url, worker: name, pool, pid: process.pid });
        return { stop: () => worker.stop({}).finally(release) };
      },
    );
    stops.push(() => workers.stop());
    const deployer = createDeployer({
      root,
      env,
      onStart: (why) => say('deploy', why),
      onEnd: ({ ok, output, seconds }) => {
        for (const line of digest(output, ok)) say('deploy', line);
        // A deployment that failed may have created a pool before.
        void workers.serve().catch((error: unknown) => say('worker', messageOf(error)));
        say('deploy', ok ? `done in ${lasting(seconds)}` : out.paint('red', `failed after ${lasting(seconds)}; save a file to try again`));
      },
    });
    stops.push(() => deployer.stop());
    stops.push(
      await watchSources(root, (paths) =>
        deployer.deploy(`${paths.slice(0, 3).join(', ')}${paths.length > 3 ? ` and ${paths.length - 3} more` : ''} changed`),
      ),
    );
    deployer.deploy('all integrations');

    await workers.serve();
    say('dev', 'takes runs of all work pools; Ctrl-C ends everything');
    await stopped;
    say('dev', 'stopping …');
  } finally {
    for (const stop of stops.toReversed())
      try {
        await stop();
      } catch (error) {
        out.note(messageOf(error));
      }
  }
}

/** The environment of the deploy command. Deployments go to the server that `dev` started, even if the shell's environment names another engine. */
function environmentFor(env: NodeJS.ProcessEnv, url: string): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !name.startsWith('PREFECT_'));
  return {
    ...Object.fromEntries(kept),
    TRIBUTARY_API_URL: url,
    FORCE_COLOR: '0',
  };
}
