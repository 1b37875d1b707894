import type { FlowRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { State } from '@tributary/contract/nouns/state';

import type { DeploymentRun } from './children/deployment-call.ts';

/** A task run or child flow that is underway in an attempt of a flow. */
export interface Underway {
  /** Ends the task run. Called if the flow ends before this work has ended. */
  abandon(message: string): void;
  /** whether the author's code has begun; false while the task still waits, for example for another task */
  readonly hasBegun: boolean;
}

/** The state of one attempt of a flow run: its task runs, child runs, failures and pauses. */
export class FlowAttempt {
  /** when the attempt began, by the engine's clock */
  readonly began: Timestamp;
  /** whether the flow has created futures; arguments are searched for futures only then */
  hasFutures = false;
  /** the prefix of the task runs' dynamic keys; unlike run_count, the prefix changes each time that a suspended run starts again */
  readonly key: string;
  /** the runs of deployments that this attempt asked for; `isNew` if this attempt created the run */
  readonly children = new Map<FlowRunId, { readonly deploymentId: string; readonly isNew: boolean }>();
  /** the runs whose end the attempt waits for, as first read; if a wait was cut short, its run stays in the set */
  readonly waits = new Set<DeploymentRun>();
  /** for each error because of which task runs or child flows failed: their names and the error's message, in one text */
  readonly chains = new WeakMap<object, string>();
  readonly #calls = new Map<string, number>();
  readonly #underway = new Set<Underway>();
  readonly #watched = new Set<Underway>();
  readonly #unseen = new Set<{ readonly error: unknown }>();
  readonly #stop: (reason: unknown) => void;
  #whenIdle: (() => void)[] = [];
  #whenQuiet: (() => void)[] = [];
  readonly #pauses = new Set<string>();
  readonly #undone = new Set<unknown>();
  #isOver = false;
  #heldAs: State | null = null;

  /**
   * @param running the RUNNING state in which the attempt began
   * @param stop aborts the run's signal
   */
  constructor(running: Pick<State, 'id' | 'timestamp'>, stop: (reason: unknown) => void = () => undefined) {
    this.began = running.timestamp;
    this.key = running.id.slice(-8);
    this.#stop = stop;
  }

  /**
   * Ends the attempt in a state that the server already has, because the run was suspended or ended from outside. No further state is
   * proposed.
   */
  endAs(state: State, reason: unknown): void {
    this.#heldAs ??= state;
    this.#stop(reason);
  }

  /** the state given to {@link endAs}; null before that call */
  get heldAs(): State | null {
    return this.#heldAs;
  }

  /** Aborts the run's signal, as a cancel from outside does. */
  stop(reason: unknown): void {
    this.#stop(reason);
  }

  /** @returns how many earlier calls in this attempt had the same `key` */
  count(key: string): number {
    const before = this.#calls.get(key) ?? 0;
    this.#calls.set(key, before + 1);
    return before;
  }

  enter(task: Underway): void {
    this.#underway.add(task);
  }

  leave(task: Underway): void {
    this.#underway.delete(task);
    if (this.#underway.size === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
    if (this.#whenQuiet.length > 0 && this.isQuiet) for (const resolve of this.#whenQuiet.splice(0)) resolve();
  }

  /**
   * Adds work outside of the framework, such as an observed task. The flow doesn't wait for this work, but abandons
   * it at the flow's end.
   * @returns a function to call when the work has ended
   */
  watch(abandon: (message: string) => void): () => void {
    const entry = { abandon, hasBegun: true };
    this.#watched.add(entry);
    return () => this.#watched.delete(entry);
  }

  /** Adds a failure that the flow's code has not seen yet. */
  remember(failure: { readonly error: unknown }): void {
    this.#unseen.add(failure);
  }

  forget(failure: { readonly error: unknown }): void {
    this.#unseen.delete(failure);
  }

  firstUnseen(): { readonly error: unknown } | undefined {
    return this.#unseen.values().next().value;
  }

  /** Resolves when no task is underway. */
  idle(): Promise<void> {
    if (this.#underway.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  /** true if no task runs its own code: each task underway still waits for another task, for a place in `.map()`, or for a pause to end */
  get isQuiet(): boolean {
    return [...this.#underway].every(({ hasBegun }) => !hasBegun);
  }

  /** Resolves when the attempt is quiet. */
  quiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenQuiet.push(resolve);
    });
  }

  /** Records that the run is about to pause itself with this key. */
  pauses(key: string): void {
    this.#pauses.add(key);
  }

  /** @returns whether the run paused itself, rather than being paused from outside */
  hasPaused({ state_details }: State): boolean {
    return this.#pauses.has(state_details.pause_key ?? '');
  }

  /** Records that work was cut short or refused because the run was stopped. Even if the flow's function returns, work is missing. */
  leaveUndone(reason: unknown): void {
    this.#undone.add(reason);
  }

  /** @returns whether work was left undone for this reason */
  hasUndone(reason: unknown): boolean {
    return this.#undone.has(reason);
  }

  /** whether the flow has ended; later calls come from its hooks */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Ends everything that is still underway when the flow has ended. */
  abandonAll(message: string): void {
    this.#isOver = true;
    for (const task of [...this.#underway, ...this.#watched]) task.abandon(message);
    this.#underway.clear();
    this.#watched.clear();
  }
}
