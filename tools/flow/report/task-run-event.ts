import type { EventInput } from '@tributary/contract/nouns/event';
import type { State } from '@tributary/contract/nouns/state';

import type { TaskRunReport } from '../run/engine-port.ts';

/** A task run's new state as the event by which a server records it. Nulls are left out, as Prefect's own client does. */
export function taskRunEvent({ state, previous, task_run }: TaskRunReport): EventInput {
  const { id, flow_run_id, ...books } = task_run;
  return {
    id: state.id,
    occurred: state.timestamp,
    event: `prefect.task-run.${state.name}`,
    follows: previous?.id ?? null,
    resource: {
      'prefect.resource.id': `prefect.task-run.${id}`,
      'prefect.resource.name': books.name,
      'prefect.run-count': String(books.run_count),
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
      task_run: present(books),
    },
  };
}

function eventState({ type, name, message, state_details }: State): Record<string, unknown> {
  return { type, name, message: message ?? null, state_details: present(state_details) };
}

function present(facts: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null && value !== undefined));
}
