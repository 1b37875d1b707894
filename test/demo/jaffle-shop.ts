import { TributaryError } from '@tributary/contract';
import { labelNames } from '@tributary/contract/nouns/label';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import { startShop, type Shop } from '../support/jaffle_shop/start-shop.ts';
import { repository } from '../support/workspace.ts';
import { planLines, runCommand } from './command.ts';
import { checkPostgres, lineOf, startDemoPostgres } from './demo-postgres.ts';
import { startDemoWorker, startEngine } from './engine.ts';
import { showCounts, showDashboards, showDbt, showTree } from './jaffle-shop-result.ts';
import { createOutsideFolder } from './outside-folder.ts';
import { heading, say } from './say.ts';
import type { DemoEngine, Shown, Stage } from './stage.ts';
import { watchRun } from './watch-run.ts';

const next = `  ints/jaffle_shop/flows/                 the flows; 04_orchestrating_flow.ts runs the others
  ints/jaffle_shop/deployments.ts         their deployments, all in the work pool "dev"
  test/support/jaffle_shop/repository/    dbt-labs' project, as it was checked out`;

/** Two workers, each with its own pool. The deployments of the jaffle shop are in the pool `dev`. */
const workers = [
  { name: 'dev-worker', pool: 'dev' },
  { name: 'other-worker', pool: 'other' },
] as const;

/** Runs the flow of flows of the jaffle shop on a Postgres. */
export async function jaffleShop(stage: Stage): Promise<Shown> {
  const { options, stops } = stage;
  if (options.postgres) await checkPostgres(options.postgres, stops);
  heading("1. A Postgres, the raw files over HTTP, dbt's repository on a Git server that asks for a token, a server and two workers");
  const engine = await startEngine(stage);
  const outside = await createOutsideFolder(stops);
  const connection = options.postgres ?? (await startDemoPostgres(stage, outside));
  if (options.postgres) say(lineOf(connection));
  const shop = await stops.add(startShop({ connection, within: outside }), (started) => started.close());
  for (const worker of workers) await startDemoWorker(stage, engine, { ...worker, env: { TRIBUTARY_CODE_DIR: `${outside}/code` } });
  say(`files     ${shop.parameters.baseUrl}/raw_customers.csv, …
git       ${shop.parameters.dbtRepoUrl}
workers   ${workers.map(({ name, pool }) => `${name} (pool "${pool}")`).join(', ')}`);
  await Promise.race([run(stage, engine, shop), engine.lost]);
  return { engine, next };
}

async function run({ stops }: Stage, engine: DemoEngine, shop: Shop): Promise<void> {
  const command = (args: readonly string[], input?: string): Promise<string> =>
    runCommand(args, { root: repository, environment: engine.environment, stops, ...(input === undefined ? {} : { input }) });

  heading('2. Store the secrets and deploy the integration: npx tributary secret set, npx tributary deploy jaffle_shop');
  await Promise.all(Object.entries(shop.secrets).map(([name, value]) => command(['secret', 'set', name], value)));
  say(`secrets   ${Object.keys(shop.secrets).join(', ')}`);
  // The demo's own server has nothing of value, so a deploy may also go back to another branch, and never needs a commit.
  for (const line of planLines(await command(['deploy', 'jaffle_shop', '--storage', 'folder', '--allow-older']))) say(line);

  heading('3. Trigger 04_orchestrating_flow/jaffle_shop, which runs 01, 02 and 03 one after the other');
  const runs = await watchRun(engine, ['04_orchestrating_flow', 'jaffle_shop'], { ...shop.parameters }, stops);
  showWorkers(runs);

  heading('4. What was extracted and loaded, read from Postgres');
  await showCounts(shop.connection);
  heading('5. What dbt built and tested');
  await showDbt(engine, runs);
  heading('6. The dashboards: npx tributary artifact ls');
  await showDashboards(engine, runs);
  heading(`7. The tree of the run, with its times: npx tributary flow-run inspect ${runs[0].name} --tree`);
  await showTree(engine, runs[0]);
}

/** Shows which worker picked the runs up. @throws if it wasn't the one that serves their pool */
function showWorkers(runs: readonly FlowRun[]): void {
  const counts = workers.map(({ name, pool }) => ({
    name,
    pool,
    count: runs.filter(({ labels }) => labels?.[labelNames.worker] === name).length,
  }));
  say('');
  for (const { name, pool, count } of counts) say(`${name}, which serves the pool "${pool}", picked up ${count} of ${runs.length} runs`);
  if (counts[0]?.count !== runs.length)
    throw new TributaryError('internal', `The worker ${workers[0].name} should have picked up all runs.`);
}
