import { rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Client } from '@tributary/contract/client';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { Routes } from '@tributary/contract/routes';
import { connect } from '@tributary/flow/engine';

import { type Running, start } from '../process.ts';
import { repository } from '../workspace.ts';

/** `npm run demo -- --engine prefect`, after the set-up. */
export function demoOnPrefect(...args: string[]): Running {
  return start(process.execPath, [join(repository, 'test', 'demo', 'demo.ts'), '--engine', 'prefect', ...args]);
}

/** Forgets what earlier ones left. */
export function resetDemo(): void {
  rmSync(join(repository, '.tributary', 'demo-prefect'), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

export interface KeptDemo {
  readonly running: Running;
  /** ends in `/api` */
  readonly url: string;
  readonly client: Client<Routes>;
  /** the newest run of the export, and the run of dbt that it fired */
  readonly parent: FlowRun;
  readonly child: FlowRun;
}

/** The demo once its main job has run, with server and worker still up: its process is what a test interrupts in the end. */
export async function keepDemo(): Promise<KeptDemo> {
  const running = demoOnPrefect('--keep');
  try {
    const [, url = ''] = await running.printed(/Server \((\S+)\) and worker go on/, 300_000);
    const client = connect({ url }, { patience: 30 });
    const { data: runs } = await client.filterFlowRuns({
      body: { flow_runs: { state: { type: { any_: ['COMPLETED'] } } }, sort: 'START_TIME_DESC' },
    });
    const parent = runs.find((run) => run.parent_task_run_id == null);
    const child = runs.find((run) => run.parent_task_run_id != null);
    if (!parent || !child) throw new Error(`The demo left no run of the export and of dbt, but ${runs.length} runs.`);
    return { running, url, client, parent, child };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
