import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { routes } from '@tributary/contract/routes';
import { watchFlowRun, type WatchEvent } from '@tributary/cli';
import { connect } from '@tributary/flow/engine';

import type { Stops } from '../support/stops.ts';
import type { DemoEngine } from './engine.ts';
import { readResult } from './result.ts';
import { say } from './say.ts';

/** Triggers the export, and shows what it and dbt do. @returns both runs @throws if one of them doesn't complete */
export async function runMainJob(engine: DemoEngine, baseUrl: string, { signal }: Pick<Stops, 'signal'>): Promise<FlowRun[]> {
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
  const runs = await watchFlowRun({ client, id: run.id, features: engine.features, print: say, shows, interval, signal });
  const unfinished = runs.filter(({ state_type }) => state_type !== 'COMPLETED');
  if (unfinished.length === 0) return runs;
  const what = unfinished.map(({ name, state_name, state }) => `${name} ${state_name}: ${state?.message ?? 'no message'}`);
  throw new TributaryError('flow_failed', what.join('; '));
}

/** False for the start of a dbt test. Such a test only takes a moment, so only its end is shown. */
function shows(event: WatchEvent): boolean {
  return event.kind !== 'task' || event.state.type !== 'RUNNING' || !event.task.name.startsWith('test ');
}

/** Shows what dbt built. @throws if the export waited for dbt */
export async function showResult(home: string, [parent, child]: readonly FlowRun[]): Promise<void> {
  say(await readResult(join(home, 'data', 'warehouse.duckdb')));
  if (parent?.end_time && child?.end_time && parent.end_time >= child.end_time)
    throw new TributaryError('internal', 'the export waited for dbt, but should only have launched it.');
}
