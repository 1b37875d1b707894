import type { CarriedStateType, State } from '@tributary/contract/nouns/state';

import type { FlowDefinition, FlowHook } from './flow-definition.ts';
import { inContext, type RunContext } from './context.ts';
import { describeFailure } from './failure.ts';
import { writeLog } from './log.ts';

/** Calls the hooks for the run's last state, one after the other. An error of a hook is logged and has no other effect. */
export async function runHooks(flow: FlowDefinition, context: RunContext, state: State): Promise<void> {
  const [kind, hooks] = hooksFor(flow, state.type);
  if (hooks.length === 0) return;
  // Hooks get a new signal, because the framework's functions must work in a hook even if the run was cancelled.
  const calm: RunContext = { ...context, task: null, run: { ...context.run, signal: new AbortController().signal } };
  for (const hook of hooks) {
    try {
      await inContext(calm, () => hook(calm.run, state));
    } catch (error) {
      writeLog(calm, 'error', `The ${kind} hook${hook.name ? ` "${hook.name}"` : ''} failed: ${describeFailure(error)}`);
    }
  }
}

function hooksFor({ hooks }: FlowDefinition, type: CarriedStateType): [kind: string, hooks: readonly FlowHook[]] {
  switch (type) {
    case 'COMPLETED':
      return ['onCompletion', hooks.onCompletion];
    case 'FAILED':
      return ['onFailure', hooks.onFailure];
    case 'CANCELLED':
    case 'CANCELLING':
      return ['onCancellation', hooks.onCancellation];
    case 'CRASHED':
      return ['onCrashed', hooks.onCrashed];
    default:
      return [type, []];
  }
}
