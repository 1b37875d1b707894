import type { FlowRunId } from '@tributary/contract';
import { jsonObject, type JsonObject, readJson, writeJson } from '@tributary/contract/json';
import type { OrchestrationResult } from '@tributary/contract/nouns/orchestration';
import type { State, StateProposal } from '@tributary/contract/nouns/state';

import { validateParameters } from '../../orchestrate/validate-parameters.ts';
import { proposeOwnState } from '../../runs/propose.ts';
import { readInput, writeInput } from '../../store/runs/flow-run-inputs.ts';
import { readFlowRun } from '../../store/runs/read-run.ts';
import type { Transaction } from '../../store/database/write.ts';
import { noFlowRun } from '../refusal.ts';

interface Resumed {
  readonly result: OrchestrationResult;
  /** whether a state was written */
  readonly written: boolean;
}

/**
 * Resumes a run: a paused run continues in its process, a suspended run is scheduled for a worker. If the run waits for input, the
 * given input is checked by the schema that the run has stored. Then the input is stored.
 * @throws Refusal 404 if the run doesn't exist
 */
export function resumeFlowRun(tx: Transaction, id: FlowRunId, input: JsonObject | null): Resumed {
  const run = readFlowRun(tx, id, tx.now());
  if (!run) throw noFlowRun(id);
  const { state } = run;
  if (state?.type !== 'PAUSED') return refuse('ABORT', null, 'Cannot resume a flow run that is not paused.');
  const { run_input_keyset: keys, pause_reschedule: suspended } = state.state_details;
  if (keys) {
    const wrong = checkInput(tx, id, keys['schema'], input ?? {});
    if (wrong) return refuse('REJECT', state, wrong);
  }
  const next: StateProposal = suspended ? { type: 'SCHEDULED', name: 'Resuming' } : { type: 'RUNNING' };
  const decision = proposeOwnState(tx, id, next);
  if (!decision) throw new Error(`Flow run ${id} disappeared in the transaction that resumes it.`);
  const key = keys?.['response'];
  if (key && input && Object.keys(input).length > 0 && decision.answer.status === 'ACCEPT')
    writeInput(tx, id, { key, value: writeJson(input), sender: null });
  return { result: decision.answer, written: decision.state !== null };
}

function refuse(status: 'ABORT' | 'REJECT', state: State | null, reason: string): Resumed {
  return { result: { state, status, details: { type: 'abort_details', reason } }, written: false };
}

/** @returns what is wrong with the input; undefined if nothing */
function checkInput(tx: Transaction, id: FlowRunId, key: string | undefined, input: JsonObject): string | undefined {
  const text = key === undefined ? undefined : readInput(tx, id, key)?.value;
  if (text === undefined) return 'Run input schema not found.';
  const schema = readSchema(text);
  if (!schema) return 'Run input schema is not valid JSON.';
  const issues = validateParameters(schema, input);
  if (issues.length === 0) return undefined;
  return `Reason: ${issues.map(({ path, message }) => `${path || 'the input'} ${message}`).join('; ')}`;
}

function readSchema(text: string): JsonObject | undefined {
  try {
    return jsonObject.parse(readJson(text));
  } catch {
    return undefined;
  }
}
