import { watchFlowRun, type WatchEvent } from '@tributary/cli';
import { TributaryError } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type Routes, routes } from '@tributary/contract/routes';
import type { Client } from '@tributary/contract/client';
import { connect } from '@tributary/flow/engine';

import type { Stops } from '../support/stops.ts';
import type { DemoEngine } from './stage.ts';
import { say } from './say.ts';

/**
 * A client that keeps trying for two minutes: on a busy machine, a Prefect server on SQLite may not answer for a minute. The demo doesn't wait
 * that long for a server whose process has ended, because then `engine.lost` rejects.
 */
export function connectTo(engine: DemoEngine): Client<Routes> {
  return connect(routes, engine, { patience: 120 });
}

/**
 * Triggers a deployment, and shows what its run and the runs below it do.
 * @returns the run, then those below it
 * @throws if one of them doesn't complete
 */
export async function watchRun(
  engine: DemoEngine,
  [flow, deployment]: readonly [flow: string, deployment: string],
  parameters: Readonly<Record<string, string | number>>,
  { signal }: Pick<Stops, 'signal'>,
): Promise<[FlowRun, ...FlowRun[]]> {
  const client = connectTo(engine);
  const { data: found } = await client.readDeploymentByName({ path: { flow, deployment } });
  const { data: run } = await client.createFlowRunFromDeployment({ path: { id: found.id }, body: { parameters, tags: ['demo'] } });
  // A Prefect server answers slowly, and the runs send requests to it too, so the demo polls it less often.
  const interval = engine.kind === 'prefect' ? 500 : 100;
  const [first = run, ...below] = await watchFlowRun({
    client,
    id: run.id,
    features: engine.features,
    print: say,
    shows,
    interval,
    signal,
  });
  const runs = [first, ...below] as const;
  const unfinished = runs.filter(({ state_type }) => state_type !== 'COMPLETED');
  if (unfinished.length === 0) return [first, ...below];
  const what = unfinished.map(({ name, state_name }) => `${name} is ${state_name}`);
  throw new TributaryError('flow_failed', `${what.join(', ')}. The lines above say why.`);
}

/** False for the start of a dbt test. Such a test only takes a moment, so only its end is shown. */
function shows(event: WatchEvent): boolean {
  return event.kind !== 'task' || event.state.type !== 'RUNNING' || !event.task.name.startsWith('test ');
}
