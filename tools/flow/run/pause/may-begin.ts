import type { RunContext } from '../context.ts';

/**
 * Holds up new work while the run is paused from outside. Called before a task, a child flow or a run of a deployment begins. Calls inside a
 * task are part of that task, which has already begun.
 * @returns undefined if the work may begin now; otherwise a promise that resolves when it may
 */
export function mayBegin(context: RunContext): Promise<void> | undefined {
  if (context.port.outsidePause === null || context.task !== null) return undefined;
  // Loaded on first use, because hardly any run is paused from outside.
  return import('./heed-pause.ts').then(({ heedPause }) => heedPause(context));
}
