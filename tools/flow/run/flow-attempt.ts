import type { FlowRunId } from '@tributary/contract/id';
import type { Timestamp } from '@tributary/contract/moment';
import type { State } from '@tributary/contract/nouns/state';

/** A task run that is underway, as its flow's attempt sees it. */
export interface Underway {
  /** Settles the task run when its flow ends before it. */
  abandon(message: string): void;
  /** whether it waits for nothing any more before it does its work */
  readonly hasBegun: boolean;
}

/** What one attempt of a flow run keeps count of. */
export class FlowAttempt {
  /** when it began, by the engine's clock */
  readonly began: Timestamp;
  /** whether futures exist, so that arguments must be searched for them */
  hasFutures = false;
  /** what its task runs are numbered under: unlike run_count, another one in each pass of a run that was suspended */
  readonly key: string;
  /** the runs of deployments that it asked for; new: it created them */
  readonly children = new Map<FlowRunId, { readonly deploymentId: string; readonly isNew: boolean }>();
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

  /** @param running the RUNNING that it began with. @param stop aborts the run's signal */
  constructor(running: Pick<State, 'id' | 'timestamp'>, stop: (reason: unknown) => void = () => undefined) {
    this.began = running.timestamp;
    this.key = running.id.slice(-8);
    this.#stop = stop;
  }

  /** Ends the attempt as what the server holds already, so that nobody proposes anything more: suspended, or ended by somebody else. */
  endAs(state: State, reason: unknown): void {
    this.#heldAs ??= state;
    this.#stop(reason);
  }

  get heldAs(): State | null {
    return this.#heldAs;
  }

  /** Ends the attempt as a cancel from outside would. */
  stop(reason: unknown): void {
    this.#stop(reason);
  }

  /** @returns how often `key` was asked for before, in this attempt */
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

  /** Like {@link enter} for work elsewhere, which the flow's end does not wait for. @returns what to call when it has ended */
  watch(abandon: (message: string) => void): () => void {
    const entry = { abandon, hasBegun: true };
    this.#watched.add(entry);
    return () => this.#watched.delete(entry);
  }

  /** A failure that nobody has looked at yet. */
  remember(failure: { readonly error: unknown }): void {
    this.#unseen.add(failure);
  }

  forget(failure: { readonly error: unknown }): void {
    this.#unseen.delete(failure);
  }

  firstUnseen(): { readonly error: unknown } | undefined {
    return this.#unseen.values().next().value;
  }

  /** Resolves once no task is underway. */
  idle(): Promise<void> {
    if (this.#underway.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle.push(resolve);
    });
  }

  /** whether all that is underway waits for something before it begins: another task's result, a place, leave to begin */
  get isQuiet(): boolean {
    return [...this.#underway].every(({ hasBegun }) => !hasBegun);
  }

  /** Resolves once it is quiet. */
  quiet(): Promise<void> {
    if (this.isQuiet) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenQuiet.push(resolve);
    });
  }

  /** Notes that the run is about to pause itself. */
  pauses(key: string): void {
    this.#pauses.add(key);
  }

  /** @returns whether the run paused itself so */
  hasPaused({ state_details }: State): boolean {
    return this.#pauses.has(state_details.pause_key ?? '');
  }

  /** Notes that work was cut short, or refused, because the run was stopped: a body that returns all the same has not done all its work. */
  leaveUndone(reason: unknown): void {
    this.#undone.add(reason);
  }

  /** @returns whether work was left undone because of this reason */
  hasUndone(reason: unknown): boolean {
    return this.#undone.has(reason);
  }

  /** whether its flow has ended: what is called then, its hooks call */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Settles what is still underway: its flow has ended. */
  abandonAll(message: string): void {
    this.#isOver = true;
    for (const task of [...this.#underway, ...this.#watched]) task.abandon(message);
    this.#underway.clear();
    this.#watched.clear();
  }
}
