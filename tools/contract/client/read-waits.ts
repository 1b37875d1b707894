import type { CallOptions, Client } from '../client.ts';
import { isTributaryError } from '../error.ts';
import type { FlowRunId } from '../id.ts';
import { fromMillis } from '../moment.ts';
import type { FlowRun } from '../nouns/flow-run.ts';
import { labelNames } from '../nouns/label.ts';
import { isSuspended } from '../nouns/state.ts';
import type { Waiting } from '../nouns/waiting.ts';
import type { Routes } from '../routes.ts';
import { explainWait, unknownRun } from '../waiting/explain-wait.ts';
import { heldByNobody, type WaitFacts, type WaitingRun } from '../waiting/facts.ts';
import { findWait } from '../waiting/find-wait.ts';
import { pieces } from './pages.ts';
import { createPlaceReader, heldFor } from './wait-places.ts';

/** Says why runs of a Prefect server wait, from several requests. Reads a pool, queue or deployment once, even if several runs share it. */
export async function readWaits(client: Client<Routes>, ids: readonly FlowRunId[], call: CallOptions): Promise<Waiting[]> {
  const runs = new Map<FlowRunId, FlowRun>();
  for (const any_ of pieces(ids)) {
    const { data } = await client.filterFlowRuns({ body: { flow_runs: { id: { any_ } } }, ...call });
    for (const run of data) runs.set(run.id, run);
  }
  const places = createPlaceReader(client, call);
  const answers: Waiting[] = [];
  // One run after the other, because a Prefect server on SQLite is slow when it gets many requests at once.
  for (const id of ids) {
    const run = runs.get(id);
    answers.push(run ? await readWait(run) : unknownRun(id));
  }
  return answers;

  async function readWait(run: FlowRun): Promise<Waiting> {
    const { work_pool_name: pool, work_queue_name: queue, deployment_id: deployment } = run;
    // The pool, the queue and the deployment matter only while the run is SCHEDULED.
    const isScheduled = run.state_type === 'SCHEDULED';
    const facts: WaitFacts = {
      run: waitingRunOf(run),
      pool: isScheduled && pool ? await places.pool(pool) : null,
      queue: isScheduled && pool && queue ? await places.queue(pool, queue) : null,
      deployment: isScheduled && deployment ? await places.deployment(deployment) : null,
      asked: null,
    };
    const code = findWait(facts, fromMillis(Date.now()));
    const held = await heldFor(code, run, places).catch((error: unknown) => {
      // A holder may have been deleted meanwhile.
      if (isTributaryError(error, 'not_found')) return heldByNobody;
      throw error;
    });
    return explainWait(facts, code, held);
  }
}

function waitingRunOf(run: FlowRun): WaitingRun {
  const worker = run.labels?.[labelNames.worker];
  return {
    id: run.id,
    state_type: run.state_type ?? null,
    state_name: run.state_name ?? null,
    due: run.next_scheduled_start_time ?? run.expected_start_time ?? null,
    isInProcess: run.empirical_policy?.retry_type === 'in_process',
    isSuspended: run.state ? isSuspended(run.state) : false,
    wantsInput: run.state?.state_details.run_input_keyset != null,
    worker: typeof worker === 'string' ? worker : null,
  };
}
