import type { EventInput } from '@tributary/contract/nouns/event';
import type { State } from '@tributary/contract/nouns/state';

import type { TaskRunReport } from '../run/engine-port.ts';

/** @returns the event that reports a task run's new state. Nulls are left out, as in Prefect's own client. */
export function taskRunEvent({ state, previous, task_run }: TaskRunReport): EventInput {
  const { id, flow_run_id, ...record } = task_run;
  return {
    id: state.id,
    occurred: state.timestamp,
    event: `prefect.task-run.${state.name}`,
    follows: previous?.id ?? null,
    resource: {
      'prefect.resource.id': `prefect.task-run.${id}`,
      'prefect.resource.name': record.name,
      'prefect.run-count': String(record.run_count),
      'prefect.state-type': state.type,
      'prefect.state-name': state.name,
      'prefect.state-timestamp': state.timestamp,
      'prefect.state-message': state.message ?? '',
      'prefect.orchestration': 'client',
    },
    related: [{ 'prefect.resource.id': `prefect.flow-run.${flow_run_id}`, 'prefect.resource.role': 'flow-run' }],
    payload: {
      intended: { from: previous?.type ?? null, to: state.type },
      initial_state: previous ? eventState(previous) : null,
      validated_state: { ...eventState(state), data: state.data ?? null },
      task_run: withoutNulls(record),
    },
  };
}

function eventState({ type, name, message, state_details }: State): Record<string, unknown> {
  return { type, name, message: message ?? null, state_details: withoutNulls(state_details) };
}

function withoutNulls(facts: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== undefined));
}
