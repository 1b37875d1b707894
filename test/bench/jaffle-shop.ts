import { allParameters, dbtParameters, extractLoadParameters, postgresParameters } from '../../ints/jaffle_shop/flows/parameters.ts';
import { startShop } from '../support/jaffle_shop/start-shop.ts';
import { tributary } from '../support/process.ts';
import { repository } from '../support/workspace.ts';
import { runToEnd } from './run-to-end.ts';
import type { Stage } from './stage.ts';
import { sum } from './statistics.ts';

/** Samples in seconds. The two kinds alternate. */
export interface JaffleShopSamples {
  /** from the creation of 04_orchestrating_flow to its end */
  readonly orchestrated: number[];
  /** the sum of the times of its three children; the bench creates each one after the previous one has ended */
  readonly byHand: number[];
}

const children = [
  ['01_extract_load', extractLoadParameters],
  ['02_dbt', dbtParameters],
  ['03_dashboards', postgresParameters],
] as const;

/** Runs this repository's integration jaffle_shop on a real Postgres, with a real dbt and a real Git server. */
export async function measureJaffleShop(stage: Stage, samples: number): Promise<JaffleShopSamples> {
  const { secrets, parameters } = await stage.stops.add(startShop(), (shop) => shop.close());
  for (const [name, value] of Object.entries(secrets)) await command(stage, ['secret', 'set', name], value);
  await command(stage, ['deploy', 'jaffle_shop']);
  const options = { cwd: repository, env: stage.environment };
  const args = ['worker', 'start', '--pool', 'dev', '--name', 'jaffle-shop', '--json'];
  const worker = await stage.stops.add(tributary(args, options), (running) => running.stop());
  await worker.printed(/"pool"/);

  const taken: JaffleShopSamples = { orchestrated: [], byHand: [] };
  // The first pair isn't counted: it creates the tables, and dbt parses the whole project.
  for (let sample = 0; sample <= samples; sample += 1) {
    const seconds: number[] = [];
    for (const [flow, schema] of children) seconds.push(await timed(stage, flow, schema.parse(parameters)));
    const orchestrated = await timed(stage, '04_orchestrating_flow', allParameters.parse(parameters));
    if (sample === 0) continue;
    taken.byHand.push(sum(seconds));
    taken.orchestrated.push(orchestrated);
  }
  return taken;
}

/** Runs a flow's deployment jaffle_shop. @returns the seconds from the run's creation to its end */
async function timed({ client }: Stage, flow: string, parameters: Readonly<Record<string, string | number | undefined>>): Promise<number> {
  const { data: deployment } = await client.readDeploymentByName({ path: { flow, deployment: 'jaffle_shop' } });
  const began = performance.now();
  await runToEnd({ client }, deployment.id, parameters);
  return (performance.now() - began) / 1000;
}

async function command({ environment, stops }: Stage, args: readonly string[], input = ''): Promise<void> {
  const running = await stops.add(tributary(args, { cwd: repository, env: environment, input }), ({ stop }) => stop());
  const { code, stderr } = await running.ended;
  if (code !== 0) throw new Error(`tributary ${args.join(' ')} failed:\n${stderr}`);
}
