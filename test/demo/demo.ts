// `npm run demo`: the main job on this machine. A stand-in for DummyJSON, the embedded server (or a real Prefect server) and a worker
// start on free ports, with their own state in .tributary/demo (or demo-prefect, demo-git). Both integrations are deployed, the export runs and starts
// dbt, and the result is read back.
import { join } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract';
import { routes } from '@tributary/contract/routes';
import { connect } from '@tributary/flow/engine';
import { startWorker } from '@tributary/worker';

import { startDummyjson } from '../support/dummyjson/server.ts';
import { nx } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { type DemoEngine, startEmbedded, startOnPrefect } from './engine.ts';
import { mainJobFromGit, tokenName } from './from-git.ts';
import { createGitWorkspace, type GitWorkspace } from './git-workspace.ts';
import { runMainJob, showResult } from './main-job.ts';
import { readOptions } from './options.ts';
import { heading, say } from './say.ts';
import { createStops } from '../support/stops.ts';

const options = readOptions(process.argv.slice(2));
const home = join(repository, '.tributary', options.folder);
const stops = createStops();
/** The worker's last lines, which are shown if something fails. */
const workerLog: string[] = [];
let serverLog = (): readonly string[] => [];

try {
  const began = performance.now();
  const api = options.url ?? (await stops.add(startDummyjson(), (stand) => stand.close())).url;
  const workspace = options.storage === 'git' ? await createGitWorkspace(home, tokenName, stops) : undefined;
  const engine = await startEngine(api, workspace);
  const job = workspace ? mainJobFromGit({ engine, workspace, home, stops, api }) : mainJob(engine, api);
  await Promise.race([job, engine.lost]);
  say(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. Where to look next:
  ints/dummyjson_products/      the flow that extracts and loads, and its deployments.ts
  ints/dbt/                     the dbt project, and the flow that runs it
  npx tributary dev             server, worker and redeploy on save, for your own work
  npx nx g integration my_api   a new integration`);
  if (options.keep) await keep(engine);
} catch (error) {
  // After Ctrl-C, a failure is only a consequence of the interruption.
  if (!stops.signal.aborted) {
    process.exitCode = 1;
    console.error(`\nThe demo failed: ${messageOf(error)}`);
    for (const line of workerLog) console.error(`  worker: ${line}`);
    for (const line of serverLog()) console.error(`  server: ${line}`);
  }
} finally {
  await stops.all();
}
process.exit();

async function mainJob(engine: DemoEngine, api: string): Promise<void> {
  await deploy(engine);
  heading('3. Trigger export/dummyjson_products, which launches dbt without waiting for it (timeout: 0)');
  const runs = await runMainJob(engine, api, stops);
  heading('4. What dbt built, read from DuckDB');
  await showResult(home, runs);
}

/** Starts the server and the worker. Both run in this process if possible (a Prefect server can't), so that they end with the demo. */
async function startEngine(api: string, workspace: GitWorkspace | undefined): Promise<DemoEngine> {
  const onPrefect = options.engine === 'prefect';
  heading(`1. A ${onPrefect ? 'real Prefect ' : ''}server and a worker for this demo, on free ports`);
  if (onPrefect) say('starting the Prefect server takes about 11 s …');
  const engine = await (onPrefect ? startOnPrefect : startEmbedded)(home, stops);
  serverLog = engine.log;
  await stops.add(
    startWorker({
      client: connect(routes, engine, { patience: 60 }),
      api: { url: engine.url, credential: engine.credential, features: engine.features },
      name: 'demo',
      prestart: 2,
      root: workspace?.root ?? repository,
      home,
      dataDir: join(home, 'data'),
      env: { ...process.env, ...workspace?.environment },
      log: (sentence) => workerLog.push(sentence),
    }),
    (worker) => worker.stop(),
  );
  say(`server    ${engine.url}\nworker    demo\nproducts  ${api}${options.url ? '' : ', a stand-in for DummyJSON'}`);
  return engine;
}

async function deploy({ environment }: DemoEngine): Promise<void> {
  heading('2. Deploy both integrations: npx nx run-many -t deploy');
  // Only the lines of the plan are shown, as nx's own lines don't help a newcomer.
  const onLine = (line: string) => void (/^\s*[+~=] |^\s{4}\S+: |unchanged\./.test(line) && say(line.trimEnd()));
  const env = { ...environment, NODE_COMPILE_CACHE: join(repository, '.tributary', 'compile-cache') };
  const running = nx(['run-many', '-t', 'deploy', '--projects=ints-dbt,ints-dummyjson_products'], { env, onLine });
  await stops.add(running, (deployment) => deployment.stop());
  const { code } = await running.ended;
  if (code !== 0) throw new TributaryError('internal', `the deployment ended with exit code ${code}:\n${running.output()}`);
}

async function keep({ url, environment, pages, lost }: DemoEngine): Promise<void> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  say(`\nServer (${url}) and worker keep running${pages ? `; the server's pages: ${pages}` : ''}
In another terminal:
  ${variables.join(' ')} npx tributary flow-run ls
Ctrl-C ends both.`);
  await Promise.race([stops.interrupted, lost]);
}
