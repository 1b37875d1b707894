// `npm run demo`: the main job on this machine. A stand-in for DummyJSON, the embedded server (or a real Prefect server) and a worker
// start on free ports, with their own state in .tributary/demo (or demo-prefect). Both integrations are deployed, the export runs and starts
// dbt, and the result is read back.
import { join } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { routes } from '@tributary/contract/routes';
import { watchFlowRun, type WatchEvent } from '@tributary/cli';
import { connect } from '@tributary/flow/engine';
import { startWorker } from '@tributary/worker';

import { startDummyjson } from '../support/dummyjson/server.ts';
import { nx } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { type DemoEngine, startEmbedded, startOnPrefect } from './engine.ts';
import { readOptions } from './options.ts';
import { readResult } from './result.ts';
import { createStops } from '../support/stops.ts';

const options = readOptions(process.argv.slice(2));
const home = join(repository, '.tributary', options.engine === 'prefect' ? 'demo-prefect' : 'demo');
const stops = createStops();
/** The worker's last lines, which are shown if something fails. */
const workerLog: string[] = [];
let serverLog = (): readonly string[] => [];

try {
  const began = performance.now();
  const api = options.url ?? (await stops.add(startDummyjson(), (stand) => stand.close())).url;
  const engine = await startEngine(api);
  await Promise.race([mainJob(engine, api), engine.lost]);
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
  const runs = await runMainJob(engine, api);
  await showResult(runs);
}

/** Starts the server and the worker. Both run in this process if possible (a Prefect server can't), so that they end with the demo. */
async function startEngine(api: string): Promise<DemoEngine> {
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
      root: repository,
      home,
      dataDir: join(home, 'data'),
      env: process.env,
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

async function runMainJob(engine: DemoEngine, baseUrl: string): Promise<FlowRun[]> {
  heading('3. Trigger export/dummyjson_products, which launches dbt without waiting for it (timeout: 0)');
  // On a busy machine, a Prefect server on SQLite may not answer for a minute, so the client keeps trying for two minutes. The demo doesn't
  // wait that long for a server whose process has ended, because then `engine.lost` rejects.
  const client = connect(routes, engine, { patience: 120 });
  const { data: deployment } = await client.readDeploymentByName({ path: { flow: 'export', deployment: 'dummyjson_products' } });
  const { data: run } = await client.createFlowRunFromDeployment({
    path: { id: deployment.id },
    body: { parameters: { baseUrl }, tags: ['demo'] },
  });
  // A Prefect server answers slowly, and the runs send requests to it too, so the demo polls it less often.
  const interval = engine.kind === 'prefect' ? 500 : 100;
  const runs = await watchFlowRun({ client, id: run.id, features: engine.features, print: say, shows, interval, signal: stops.signal });
  const unfinished = runs.filter(({ state_type }) => state_type !== 'COMPLETED');
  if (unfinished.length === 0) return runs;
  const what = unfinished.map(({ name, state_name, state }) => `${name} ${state_name}: ${state?.message ?? 'no message'}`);
  throw new TributaryError('flow_failed', what.join('; '));
}

/** False for the start of a dbt test. Such a test only takes a moment, so only its end is shown. */
function shows(event: WatchEvent): boolean {
  return event.kind !== 'task' || event.state.type !== 'RUNNING' || !event.task.name.startsWith('test ');
}

async function showResult(runs: readonly FlowRun[]): Promise<void> {
  heading('4. What dbt built, read from DuckDB');
  say(await readResult(join(home, 'data', 'warehouse.duckdb')));
  const [parent, child] = runs;
  if (parent?.end_time && child?.end_time && parent.end_time >= child.end_time)
    throw new TributaryError('internal', 'the export waited for dbt, but should only have launched it.');
}

async function keep({ url, environment, pages, lost }: DemoEngine): Promise<void> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  say(`\nServer (${url}) and worker keep running${pages ? `; the server's pages: ${pages}` : ''}
In another terminal:
  ${variables.join(' ')} npx tributary flow-run ls
Ctrl-C ends both.`);
  await Promise.race([stops.interrupted, lost]);
}

function heading(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text}`);
}

function say(text: string): void {
  console.log(text.replaceAll(/^(?=.)/gm, '  '));
}
