import type { StateId, StateType } from '@tributary/contract';
import type { State, StateDetails } from '@tributary/contract/nouns/state';

import { wholeDetails } from '../../orchestrate/whole-details.ts';
import { type JsonText, readJson, readTime, writeJson } from './json.ts';

/** A row of flow_run_states or task_run_states. */
export type StateRow = {
  id: StateId;
  type: StateType;
  name: string;
  timestamp: number;
  message: string | null;
  data: JsonText<unknown> | null;
  state_details: JsonText<StateDetails>;
};

/** The columns of a run's current state; null for a run without a state. */
export type CurrentStateRow = {
  state_id: StateId | null;
  state_type: StateType | null;
  state_name: string | null;
  state_timestamp: number | null;
  state_message: string | null;
  state_data: JsonText<unknown> | null;
  state_details: JsonText<StateDetails> | null;
};

const noDetails: JsonText<StateDetails> = writeJson({});

export function stateOf(row: StateRow): State {
  return {
    id: row.id,
    type: row.type,
    name: row.name,
    timestamp: readTime(row.timestamp),
    message: row.message,
    data: readJson(row.data),
    state_details: wholeDetails(readJson(row.state_details)),
  };
}

export function currentStateOf(row: CurrentStateRow): State | null {
  if (row.state_id === null || row.state_type === null || row.state_name === null || row.state_timestamp === null) return null;
  return stateOf({
    id: row.state_id,
    type: row.state_type,
    name: row.state_name,
    timestamp: row.state_timestamp,
    message: row.state_message,
    data: row.state_data,
    state_details: row.state_details ?? noDetails,
  });
}
