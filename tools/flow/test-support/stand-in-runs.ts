import { randomUUID } from 'node:crypto';

import { addSeconds, type Timestamp } from '@tributary/contract/moment';
import type { StateProposal } from '@tributary/contract/nouns/state';
import { z } from 'zod';

/** A flow run of a stand-in server. */
export interface StandInRun {
  id: string;
  flow_id: string;
  name: string;
  state: Record<string, unknown> & { id: string; type: string };
  /** all states of the run, the oldest first */
  states: StandInRun['state'][];
  run_count: number;
  policy: Record<string, unknown>;
  claim: string | null;
  body: Record<string, unknown>;
}

interface Proposal {
  readonly type: string;
  readonly name?: string | null | undefined;
  readonly message?: string | null | undefined;
  readonly data?: unknown;
  readonly state_details?: unknown;
}

/** The flow runs of a stand-in server, and the rules of set_state that a run host depends on: claims, retries, repeated proposals. */
export class StandInRuns {
  readonly byId = new Map<string, StandInRun>();
  /** answers that replace the rules; each one answers the next proposal of its `type` */
  readonly decisions: { type: string; answer: Record<string, unknown> }[] = [];
  readonly #clock: () => Timestamp;

  constructor(clock: () => Timestamp) {
    this.#clock = clock;
  }

  add(change: Partial<StandInRun>, initial: Proposal = { type: 'PENDING', name: 'Submitting' }): StandInRun {
    const state = change.state ?? this.#state(initial);
    const run: StandInRun = {
      id: randomUUID(),
      flow_id: randomUUID(),
      name: 'wise-otter',
      state,
      states: [state],
      run_count: 0,
      policy: {},
      claim: randomUUID(),
      body: {},
      ...change,
    };
    this.byId.set(run.id, run);
    return run;
  }

  /** Sets a run's state without applying the rules. */
  write(id: string, proposal: Proposal): void {
    const run = this.byId.get(id);
    if (!run) throw new Error(`unknown run ${id}`);
    this.#move(run, this.#state(proposal));
  }

  /** Applies the rules of set_state to a proposal. @returns the status and body of the answer */
  propose(run: StandInRun, proposal: StateProposal, claim: unknown): [number, unknown] {
    const index = this.decisions.findIndex(({ type }) => type === proposal.type);
    const [scripted] = index < 0 ? [] : this.decisions.splice(index, 1);
    if (scripted) return [200, { state: run.state, details: { type: 'scripted' }, ...scripted.answer }];
    if (run.claim && claim !== run.claim)
      return [200, { state: run.state, status: 'ABORT', details: { type: 'abort_details', reason: 'old claim' } }];
    const last = z.object({ transition_id: z.string().optional() }).parse(run.state['state_details']);
    if (last.transition_id && last.transition_id === proposal.state_details?.transition_id)
      return [200, { state: run.state, status: 'REJECT', details: { type: 'reject_details', reason: 'seen' } }];
    const retries = Number(run.policy['retries'] ?? 0);
    if (proposal.type === 'FAILED' && run.state.type === 'RUNNING' && run.run_count <= retries) {
      // A tenth of the delay, so that tests are short.
      const scheduled_time = addSeconds(this.#clock(), Number(run.policy['retry_delay'] ?? 0) / 10);
      const state_details = { ...proposal.state_details, scheduled_time };
      this.#move(run, this.#state({ type: 'SCHEDULED', name: 'AwaitingRetry', state_details }));
      return [201, { state: run.state, status: 'REJECT', details: { type: 'reject_details', reason: 'retrying' } }];
    }
    if (proposal.type === 'RUNNING') run.run_count += 1;
    this.#move(run, this.#state(proposal));
    return [201, { state: run.state, status: 'ACCEPT', details: { type: 'accept_details' } }];
  }

  /** The run as the API shows it. */
  view({ id, flow_id, name, state, run_count, policy }: StandInRun): Record<string, unknown> {
    const now = this.#clock();
    const rest = { parameters: {}, tags: [], total_run_time: 0, auto_scheduled: false, expected_start_time: now, empirical_policy: policy };
    const ofState = { state, state_id: state.id, state_type: state.type, state_name: state['name'] };
    return { id, created: now, updated: now, name, flow_id, ...ofState, run_count, ...rest };
  }

  #move(run: StandInRun, state: StandInRun['state']): void {
    run.state = state;
    run.states.push(state);
  }

  #state({ type, name, message = null, data = null, state_details }: Proposal): StandInRun['state'] {
    const fallback = type[0] + type.slice(1).toLowerCase();
    return { id: randomUUID(), type, name: name ?? fallback, message, data, state_details: state_details ?? {}, timestamp: this.#clock() };
  }
}
