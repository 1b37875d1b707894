import type { StateDetails } from '@tributary/contract/nouns/state';

/** The values of absent details. Python clients read every key. */
const defaults: StateDetails = {
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

/** Completes a state's details for an answer: the database keeps only those that were given. */
export function wholeDetails(given: StateDetails): StateDetails {
  return { ...defaults, ...given };
}
