import type { FlowRun } from '@tributary/contract/nouns/flow-run';

import type { EndReason } from './judge-process-exit.ts';

/** A run that this worker executes, from before its claim until its process has exited. */
export interface ActiveRun {
  readonly run: FlowRun;
  /** the reason for which the run was asked to end; undefined if it wasn't */
  asked(): EndReason | undefined;
  /** asks the run to end; only the first reason counts */
  end(reason: EndReason): void;
  /** calls `react` when the run is asked to end, immediately if it already was; replaces an earlier `react` */
  onEnd(react: (reason: EndReason) => void): void;
  /** reports that the worker saw the run paused */
  pause(): void;
  onPause(react: () => void): void;
}

/** All active runs, by id. */
export interface ActiveRuns {
  add(run: FlowRun): ActiveRun;
  remove(run: FlowRun): void;
  get(id: string): ActiveRun | undefined;
  all(): readonly ActiveRun[];
  /** resolves once a run is active, or when the signal aborts */
  whenSome(signal: AbortSignal): Promise<void>;
  /** resolves once no run is active, or when the signal aborts */
  whenNone(signal: AbortSignal): Promise<void>;
}

export function createActiveRuns(): ActiveRuns {
  const runs = new Map<string, ActiveRun>();
  const changes = new EventTarget();
  const changed = (): void => void changes.dispatchEvent(new Event('change'));
  const when = (holds: () => boolean, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!holds() && !signal.aborted) return;
        changes.removeEventListener('change', check);
        signal.removeEventListener('abort', check);
        resolve();
      };
      changes.addEventListener('change', check);
      signal.addEventListener('abort', check);
      check();
    });
  return {
    add(run) {
      const active = createActiveRun(run);
      runs.set(run.id, active);
      changed();
      return active;
    },
    remove(run) {
      runs.delete(run.id);
      changed();
    },
    get: (id) => runs.get(id),
    all: () => [...runs.values()],
    whenSome: (signal) => when(() => runs.size > 0, signal),
    whenNone: (signal) => when(() => runs.size === 0, signal),
  };
}

function createActiveRun(run: FlowRun): ActiveRun {
  let asked: EndReason | undefined;
  let react: ((reason: EndReason) => void) | undefined;
  let reactToPause: (() => void) | undefined;
  return {
    run,
    asked: () => asked,
    end(reason) {
      if (asked) return;
      asked = reason;
      react?.(reason);
    },
    onEnd(next) {
      react = next;
      if (asked) next(asked);
    },
    pause: () => reactToPause?.(),
    onPause: (next) => void (reactToPause = next),
  };
}
