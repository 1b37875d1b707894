import { join } from 'node:path';

import { TributaryError } from '@tributary/contract';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { Stops } from '../support/stops.ts';
import type { DemoEngine } from './stage.ts';
import { readResult } from './result.ts';
import { say } from './say.ts';
import { watchRun } from './watch-run.ts';

/** Triggers the export. @returns its run and that of dbt */
export function runExport(engine: DemoEngine, baseUrl: string, stops: Stops): Promise<FlowRun[]> {
  return watchRun(engine, ['export', 'dummyjson_products'], { baseUrl }, stops);
}

/** Shows what dbt built. @throws if the export waited for dbt */
export async function showResult(home: string, [parent, child]: readonly FlowRun[]): Promise<void> {
  say(await readResult(join(home, 'data', 'warehouse.duckdb')));
  if (parent?.end_time && child?.end_time && parent.end_time >= child.end_time)
    throw new TributaryError('internal', 'the export waited for dbt, but should only have launched it.');
}
