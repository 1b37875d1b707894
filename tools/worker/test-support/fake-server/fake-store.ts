import { type DeploymentId, type FlowId, type FlowRunId, newId, type StateId } from '@tributary/contract/id';
import { createClock, type Timestamp } from '@tributary/contract/moment';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { FlowRun } from '@tributary/contract/nouns/flow-run';
import type { LogCreate } from '@tributary/contract/nouns/log';
import { defaultStateName, type State, type StateProposal } from '@tributary/contract/nouns/state';
import type { Worker, WorkPool } from '@tributary/contract/nouns/work-pool';
import type { Feature } from '@tributary/contract/routes/admin';

export interface Row {
  run: FlowRun;
  readonly states: State[];
  claim: string | null;
}

export const now = createClock();

/** What a {@link FakeServer} stores, for tests to prepare and to read. */
export class FakeStore {
  readonly features: Feature[];
  readonly pools = new Map<string, WorkPool>();
  readonly workers = new Map<string, Worker>();
  readonly deployments = new Map<string, Deployment>();
  readonly rows = new Map<string, Row>();
  /** the values of secrets, by their names */
  readonly secrets = new Map<string, unknown>();
  readonly logs: LogCreate[] = [];
  /** the ids of the batches of logs that were stored */
  readonly batches = new Set<string>();
  /** called after each change of a run's state */
  readonly watchers = new Set<() => void>();

  constructor(features: Feature[]) {
    this.features = features;
  }

  addDeployment(facts: Partial<Deployment>): Deployment {
    const deployment: Deployment = {
      id: newId<DeploymentId>(),
      created: now(),
      updated: now(),
      name: 'deployed',
      flow_id: newId<FlowId>(),
      paused: false,
      schedules: [],
      tags: [],
      entrypoint: 'flow.ts:work',
      enforce_parameter_schema: true,
      ...facts,
    };
    this.deployments.set(deployment.id, deployment);
    return deployment;
  }

  /** Adds a run that is due. */
  addRun(deployment: Deployment, parameters: FlowRun['parameters'], facts: Partial<FlowRun> = {}): FlowRunId {
    const id = newId<FlowRunId>();
    const due = now();
    const run: FlowRun = {
      id,
      created: due,
      updated: due,
      name: `run-${this.rows.size + 1}`,
      flow_id: deployment.flow_id,
      deployment_id: deployment.id,
      parameters,
      tags: ['tagged'],
      run_count: 0,
      expected_start_time: due,
      next_scheduled_start_time: due,
      total_run_time: 0,
      auto_scheduled: false,
      ...facts,
    };
    this.rows.set(id, { run, states: [], claim: null });
    this.write(id, { type: 'SCHEDULED' });
    return id;
  }

  /** Sets a run's state without applying any rule, as if another client had proposed the state. @param timestamp @default now */
  write(id: string, proposal: StateProposal, timestamp: Timestamp = now()): State {
    const row = this.row(id);
    const state: State = {
      id: newId<StateId>(),
      type: proposal.type,
      name: proposal.name ?? defaultStateName(proposal.type),
      timestamp,
      message: proposal.message,
      data: proposal.data,
      state_details: proposal.state_details ?? {},
    };
    row.states.push(state);
    const due = state.state_details.scheduled_time;
    const times = state.type === 'SCHEDULED' && due ? { next_scheduled_start_time: due } : {};
    row.run = { ...row.run, ...times, state, state_id: state.id, state_type: state.type, state_name: state.name };
    for (const changed of this.watchers) changed();
    return state;
  }

  state(id: string): State {
    const state = this.row(id).states.at(-1);
    if (!state) throw new Error(`Run ${id} has no state.`);
    return state;
  }

  /** The names of a run's states, oldest first. */
  history(id: string): string[] {
    return this.row(id).states.map(({ name }) => name);
  }

  row(id: string): Row {
    const row = this.rows.get(id);
    if (!row) throw new Error(`Unknown run ${id}.`);
    return row;
  }
}
