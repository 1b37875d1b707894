import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { DeploymentId, FlowId, FlowRunId, TaskRunId } from '@tributary/contract';
import { newId } from '@tributary/contract/id';
import type { DeploymentCreateInput } from '@tributary/contract/nouns/deployment';
import { deploymentCreate } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { State, StateProposal, StateType } from '@tributary/contract/nouns/state';

import { ownProposal } from '../orchestrate/set-flow-run-state.ts';
import { proposeFlowRunState } from '../runs/propose.ts';
import { insertDeployment } from '../store/deployments/insert-deployment.ts';
import { insertSchedule } from '../store/deployments/schedules.ts';
import { setDeploymentLimit } from '../store/deployments/set-deployment-limit.ts';
import { createFlowRun, type NewFlowRun } from '../runs/create-flow-run.ts';
import { settled } from '../schedule/settle-schedule.ts';
import { openStore, type Store } from '../store/database/open.ts';
import { readFlowRun } from '../store/runs/read-run.ts';
import { updateRow } from '../store/database/update-row.ts';
import type { FlowRunProposal } from '../orchestrate/flow-run-decision.ts';

/** A real database in its own folder, with one flow in it. */
export interface Example {
  readonly store: Store;
  readonly flow: FlowId;
  /** the lines that a service has logged */
  readonly lines: string[];
  deployment(given?: Partial<DeploymentCreateInput>): Promise<DeploymentId>;
  run(state: StateProposal | StateType, given?: Partial<NewFlowRun>): Promise<FlowRunId>;
  /** creates a task run in a flow run, such as the stand-in of a child */
  task(flowRun: FlowRunId, state: StateType): Promise<TaskRunId>;
  propose(id: FlowRunId, state: StateProposal | StateType, headers?: Partial<FlowRunProposal>): Promise<string | null>;
  read(id: FlowRunId): FlowRun;
  taskState(id: TaskRunId): string;
  worker(name: string, boot: string, heard: { readonly secondsAgo: number; readonly interval: number }): Promise<void>;
  sql(text: string, ...values: readonly (string | number | null)[]): Promise<void>;
  close(): void;
}

/**
 * Opens a database in a new folder, with one flow in it.
 * @param clock the wall clock in milliseconds; by default the real one
 */
export async function openExample(clock: () => number = () => Date.now()): Promise<Example> {
  const home = mkdtempSync(join(tmpdir(), 'tributary-services-'));
  const store = openStore(home, { clock });
  const flow = newId<FlowId>();
  const proposalOf = (state: StateProposal | StateType): StateProposal => (typeof state === 'string' ? { type: state } : state);
  const sql: Example['sql'] = async (text, ...values) => {
    await store.write((tx) => void tx.run(text, ...values));
  };
  await sql("INSERT INTO flows (id, created, updated, name, tags, labels) VALUES (?, 1, 1, 'example', '[]', '{}')", flow);
  return {
    store,
    flow,
    lines: [],
    sql,
    deployment: (given = {}) => {
      const create = deploymentCreate.parse({ name: 'nightly', flow_id: flow, ...given });
      return store.write((tx) => {
        const id = insertDeployment(tx, create);
        updateRow(tx, 'deployments', id, {
          paused: create.paused ? 1 : 0,
          parameters: JSON.stringify(create.parameters ?? {}),
          tags: JSON.stringify(create.tags ?? []),
        });
        for (const schedule of create.schedules ?? []) insertSchedule(tx, id, settled(schedule, tx.now()), tx.now());
        if (create.concurrency_limit) setDeploymentLimit(tx, id, create.concurrency_limit);
        return id;
      });
    },
    run: (state, given = {}) =>
      store.write(
        (tx) => createFlowRun(tx, { flow_id: flow, parameters: {}, tags: [], labels: {}, state: proposalOf(state), ...given }).id,
      ),
    task: (flowRun, state) =>
      store.write((tx) => {
        const id = newId<TaskRunId>();
        tx.run(
          `INSERT INTO task_runs (id, created, updated, name, flow_run_id, task_key, dynamic_key, empirical_policy, tags, labels, task_inputs, state_type, state_name)
           VALUES (?, 1, 1, 'task', ?, 'task', ?, '{}', '[]', '{}', '{}', ?, ?)`,
          id,
          flowRun,
          id,
          state,
          state,
        );
        return id;
      }),
    propose: (id, state, headers = {}) =>
      store.write((tx) => {
        const proposal = { ...ownProposal(proposalOf(state)), ...headers };
        return proposeFlowRunState(tx, id, proposal)?.claim ?? null;
      }),
    read: (id) => {
      const run = readFlowRun(store.database, id, clock() * 1000);
      if (!run) throw new Error(`Unknown flow run ${id}`);
      return run;
    },
    taskState: (id) => store.database.get<{ type: string }>('SELECT state_type AS type FROM task_runs WHERE id = ?', id)?.type ?? 'none',
    worker: async (name, boot, { secondsAgo, interval }) => {
      await sql(
        `INSERT OR IGNORE INTO work_pools (id, created, updated, name, type, base_job_template, is_paused, default_queue_id)
         VALUES ('pool', 1, 1, 'pool', 'tributary', '{}', 0, 'queue')`,
      );
      await sql(
        `INSERT INTO workers (id, created, updated, work_pool_id, name, last_heartbeat_time, heartbeat_interval_seconds, boot)
         VALUES (?, 1, 1, 'pool', ?, ?, ?, ?)`,
        crypto.randomUUID(),
        name,
        (clock() - secondsAgo * 1000) * 1000,
        interval,
        boot,
      );
    },
    close: () => {
      store.close();
      rmSync(home, { recursive: true });
    },
  };
}

/** A state's name and message: `Crashed: …`. */
export function shown(state: State | null | undefined): string {
  return state ? `${state.name}${state.message ? `: ${state.message}` : ''}` : 'no state';
}
