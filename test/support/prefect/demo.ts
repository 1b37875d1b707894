import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Client } from '@tributary/contract/client';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import { type Routes, routes } from '@tributary/contract/routes';
import { connect } from '@tributary/flow/engine';

import { type Running, start } from '../process.ts';
import { repository } from '../workspace.ts';

/** Starts what `npm run demo -- --engine prefect` starts after the set-up. */
export function demoOnPrefect(...args: string[]): Running {
  return start(process.execPath, [join(repository, 'test', 'demo', 'demo.ts'), '--engine', 'prefect', ...args]);
}

/** Deletes the state that earlier demos left. */
export function resetDemo(): void {
  rmSync(join(repository, '.tributary', 'demo-prefect'), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

export interface KeptDemo {
  readonly running: Running;
  /** ends in `/api` */
  readonly url: string;
  readonly client: Client<Routes>;
  /** the newest run of the export */
  readonly parent: FlowRun;
  /** the run of dbt that the export started */
  readonly child: FlowRun;
}

/** Starts a demo, and waits until its main job has run. Its server and worker keep running until the test stops the demo. */
export async function keepDemo(): Promise<KeptDemo> {
  const running = demoOnPrefect('--keep');
  try {
    const [, url = ''] = await running.printed(/Server \((\S+)\) and worker keep running/, 300_000);
    const client = connect(routes, { url }, { patience: 30 });
    const { data: runs } = await client.filterFlowRuns({
      body: { flow_runs: { state: { type: { any_: ['COMPLETED'] } } }, sort: 'START_TIME_DESC' },
    });
    const parent = runs.find((run) => run.parent_task_run_id == null);
    const child = runs.find((run) => run.parent_task_run_id != null);
    if (!parent || !child)
      throw new Error(`Expected a completed run of the export and one of dbt, but found only ${runs.length} completed runs.`);
    return { running, url, client, parent, child };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
