// `npm run demo`: the main job on this machine. A stand-in for DummyJSON, the embedded server and a worker start on free ports with
// state of their own under .tributary/demo; both integrations are deployed; the export runs and fires dbt; the result is read back.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { connect, resolveEngine } from '@tributary/flow/engine';
import { watchFlowRun } from '@tributary/cli';

import { startDummyjson } from '../support/dummyjson/server.ts';
import { cleanEnvironment, nx, type Running, tributary } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { readOptions } from './options.ts';
import { readResult } from './result.ts';

const home = join(repository, '.tributary', 'demo');
const env = { TRIBUTARY_HOME: home };
const options = readOptions(process.argv.slice(2));
const stops: (() => Promise<unknown>)[] = [];

let interrupted = false;
let ending = false;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (interrupted) return;
    interrupted = true;
    console.log('\nStopping what the demo started …');
    void end(130);
  });
}

try {
  process.exitCode = await main();
  if (!interrupted) await end(process.exitCode);
} catch (error) {
  if (!interrupted) {
    console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
    await end(1);
  }
}

async function main(): Promise<number> {
  const began = performance.now();
  mkdirSync(home, { recursive: true });

  heading('1. A server and a worker of their own');
  const api = await source();
  const server = await background('server', ['server', 'start', '--port', '0', '--json'], /"url":"([^"]+)"/);
  say(`server   ${server.match}`);
  const worker = await background('worker', ['worker', 'start', '--name', 'demo', '--json'], /"worker":"|"pool":"/);
  say(`worker   demo, process ${worker.running.pid}`);
  say(`products ${api}`);

  heading('2. Deploy both integrations: npx nx run-many -t deploy');
  const deploy = nx(['run-many', '-t', 'deploy', '--projects=ints-dbt,ints-dummyjson_products'], { env, onLine: sayPlan });
  stops.push(() => deploy.stop());
  if ((await deploy.ended).code !== 0) throw new Error(`the deployment failed:\n${deploy.output()}`);

  heading('3. Trigger export/dummyjson_products, which launches dbt and leaves (timeout: 0)');
  const engine = await resolveEngine({ access: 'write', cwd: repository, env: cleanEnvironment(env) });
  const client = connect(engine, { patience: 5 });
  const { data: deployment } = await client.readDeploymentByName({ path: { flow: 'export', deployment: 'dummyjson_products' } });
  const { data: run } = await client.createFlowRunFromDeployment({
    path: { id: deployment.id },
    body: { parameters: { baseUrl: api }, tags: ['demo'] },
  });
  const runs = await watchFlowRun({ client, id: run.id, print: say });
  const unfinished = runs.filter(({ state_type }) => state_type !== 'COMPLETED');
  if (unfinished.length > 0) {
    console.error(
      `\nNot completed: ${unfinished.map(({ name, state_name, state }) => `${name} ${state_name}: ${state?.message ?? ''}`).join('; ')}`,
    );
    return 1;
  }

  heading('4. What dbt built, read from DuckDB');
  console.log(await readResult(join(home, 'data', 'warehouse.duckdb')));
  console.log(`\nDone in ${((performance.now() - began) / 1000).toFixed(1)} s. Where to look next:
  ints/dummyjson_products/   the flow and its deployments.ts
  ints/dbt/                  the dbt project and the flow that runs it
  npx tributary dev          server, worker and redeploy on save, for your own work
  npx nx g integration my_api`);
  return 0;
}

/** The products' API: the stand-in unless told otherwise. */
async function source(): Promise<string> {
  if (options.url) return options.url;
  const stand = await startDummyjson();
  stops.push(() => stand.close());
  return stand.url;
}

async function background(name: string, args: readonly string[], ready: RegExp): Promise<{ running: Running; match: string }> {
  const running = tributary(args, { env });
  stops.push(() => running.stop());
  const match = await running.printed(ready);
  void running.ended.then(({ code }) => {
    if (!interrupted && !ending) console.error(`The ${name} ended with exit code ${code}:\n${running.output()}`);
  });
  return { running, match: match[1] ?? match[0] };
}

/** Ends what was started, the youngest first, then this process. */
async function end(code: number): Promise<never> {
  ending = true;
  if (options.keep && code === 0) {
    console.log(`\nServer and worker go on: TRIBUTARY_HOME=${home} npx tributary flow-run ls\nCtrl-C ends them.`);
    await new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));
  }
  for (const stop of stops.reverse()) await stop().catch(() => undefined);
  process.exit(code);
}

function heading(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text}`);
}

function say(line: string): void {
  console.log(`  ${line}`);
}

/** nx's own framing says nothing to a newcomer: only the plan's lines are shown. */
function sayPlan(line: string): void {
  if (/^\s*[+~=✓✗]|^\s{4}\S|unchanged|engine|error/i.test(line) && !/NX|nx run|^\s*>/.test(line)) say(line.trimEnd());
}
