type Doing = 'working' | 'waiting' | 'over';

/**
 * What one part of a run does. The parts are the body of the flow, each try of a task, and each child flow in this process. A part waits if
 * it contains no part that works, and if it waits for a run of a deployment or contains a part that waits. Otherwise it works, until it is
 * over. What a body does between calls of the framework is unknown.
 */
export class Activity {
  readonly #whole: Pick<Activity, 'moved'>;
  #working = 0;
  #waiting = 0;
  #isOver = false;
  #doing: Doing = 'working';

  /** @param whole the part that contains this one; its `moved` is called when this part begins to work or to wait, or is over */
  constructor(whole: Pick<Activity, 'moved'>) {
    this.#whole = whole;
  }

  /** Begins a part inside this one. It works until it waits or ends. */
  begin(): Activity {
    this.moved('over', 'working');
    return new Activity(this);
  }

  /** Ends this part. Parts inside it that still work or wait continue to count. */
  end(): void {
    this.#isOver = true;
    this.#update();
  }

  /** Waits for a run of a deployment. @returns what `wait` resolves to */
  async waiting<Result>(wait: () => Promise<Result>): Promise<Result> {
    this.moved('over', 'waiting');
    try {
      return await wait();
    } finally {
      this.moved('waiting', 'over');
    }
  }

  /** Counts the change of a part inside this one. */
  moved(from: Doing, to: Doing): void {
    this.#working += Number(to === 'working') - Number(from === 'working');
    this.#waiting += Number(to === 'waiting') - Number(from === 'waiting');
    this.#update();
  }

  #update(): void {
    const from = this.#doing;
    this.#doing = this.#now();
    if (this.#doing !== from) this.#whole.moved(from, this.#doing);
  }

  #now(): Doing {
    if (this.#working > 0) return 'working';
    if (this.#waiting > 0) return 'waiting';
    return this.#isOver ? 'over' : 'working';
  }
}
