import type { RunContext } from '../context.ts';

/**
 * Asked before a task, a child flow or a run of a deployment begins. Undefined: begin. Otherwise begin when it resolves: somebody may have
 * paused the run from outside. What a task calls belongs to the task, which has begun.
 */
export function mayBegin(context: RunContext): Promise<void> | undefined {
  if (context.port.outsidePause === null || context.task !== null) return undefined;
  // Loaded when it is needed: hardly any run is paused from outside.
  return import('./heed-pause.ts').then(({ heedPause }) => heedPause(context));
}
