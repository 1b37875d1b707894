import type { StateDetails } from '@tributary/contract/nouns/state';

/** What a state says where nobody has said anything: clients in Python read every key. */
const nothing: StateDetails = {
  flow_run_id: null,
  task_run_id: null,
  child_flow_run_id: null,
  scheduled_time: null,
  cache_key: null,
  cache_expiration: null,
  deferred: false,
  untrackable_result: false,
  pause_timeout: null,
  pause_reschedule: false,
  pause_key: null,
  run_input_keyset: null,
  refresh_cache: null,
  retriable: null,
  transition_id: null,
  task_parameters_id: null,
  traceparent: null,
  deployment_concurrency_lease_id: null,
};

/** The details as an answer tells them; the database keeps only what was said. */
export function wholeDetails(said: StateDetails): StateDetails {
  return { ...nothing, ...said };
}
