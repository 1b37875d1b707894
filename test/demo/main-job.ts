import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';

import { startDummyjson } from '../support/dummyjson/server.ts';
import { nx } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { repository } from '../support/workspace.ts';
import { startDemoWorker, startEngine } from './engine.ts';
import { runExport, showResult } from './export.ts';
import { mainJobFromGit, tokenName } from './from-git.ts';
import { createGitWorkspace } from './git-workspace.ts';
import { heading, say } from './say.ts';
import type { DemoEngine, Shown, Stage } from './stage.ts';

const next = `  ints/dummyjson_products/      the flow that extracts and loads, and its deployments.ts
  ints/dbt/                     the dbt project, and the flow that runs it
  npm run demo -- jaffle_shop   the third integration: a flow of flows on Postgres
  npx tributary dev             server, workers and redeploy on save, for your own work
  npx nx g integration my_api   a new integration`;

/** Deploys the export and dbt, and runs the export, which starts dbt. */
export async function mainJob(stage: Stage): Promise<Shown> {
  const { options, home, stops } = stage;
  const api = options.url ?? (await stops.add(startDummyjson(), (stand) => stand.close())).url;
  const workspace = options.storage === 'git' ? await createGitWorkspace(home, tokenName, stops) : undefined;
  heading('1. A server and a worker for this demo, on free ports');
  const engine = await startEngine(stage);
  await startDemoWorker(stage, engine, { name: 'demo', ...(workspace && { root: workspace.root, env: workspace.environment }) });
  say(`worker    demo\nproducts  ${api}${options.url ? '' : ', a stand-in for DummyJSON'}`);
  const job = workspace ? mainJobFromGit({ engine, workspace, home, stops, api }) : fromFolder(stage, engine, api);
  await Promise.race([job, engine.lost]);
  return { engine, next };
}

async function fromFolder({ home, stops }: Stage, engine: DemoEngine, api: string): Promise<void> {
  await deploy(engine, stops);
  heading('3. Trigger export/dummyjson_products, which launches dbt without waiting for it (timeout: 0)');
  const runs = await runExport(engine, api, stops);
  heading('4. What dbt built, read from DuckDB');
  await showResult(home, runs);
}

async function deploy({ environment }: DemoEngine, stops: Stops): Promise<void> {
  heading('2. Deploy the two integrations of this job: npx tributary deploy dbt dummyjson_products');
  // Only the lines of the plan are shown, as nx's own lines don't help a newcomer.
  const onLine = (line: string) => void (/^\s*[+~=] |^\s{4}\S+: |unchanged\./.test(line) && say(line.trimEnd()));
  const env = { ...environment, NODE_COMPILE_CACHE: join(repository, '.tributary', 'compile-cache') };
  const flags = ['--projects=ints-dbt,ints-dummyjson_products', '--storage=folder', '--allow-older'];
  const running = nx(['run-many', '-t', 'deploy', ...flags], { env, onLine });
  await stops.add(running, (deployment) => deployment.stop());
  const { code } = await running.ended;
  if (code !== 0) throw new TributaryError('internal', `the deployment ended with exit code ${code}:\n${running.output()}`);
}
