import type { DatabaseSync } from 'node:sqlite';

import type { Database } from './database.ts';
import type { Topic } from './waiters.ts';

/** What a job reads and writes with. It is valid during the job's call only. */
export interface Transaction extends Database {
  /** @returns integer microseconds since 1970; each call in a server process returns a later time than the call before */
  now(): number;
  /** wakes the requests and services that wait for the topic, after the commit */
  wake(topic: Topic): void;
}

/** A job is synchronous and changes only the database. It is called again if its group couldn't be committed. */
export type Job<Result> = (tx: Transaction) => Result;
/** @param how.long whether the job takes so long that it gets a transaction of its own @default false */
export type Write = <Result>(job: Job<Result>, how?: { readonly long?: boolean | undefined }) => Promise<Result>;

interface Waiting {
  readonly run: (tx: Transaction) => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The group commit. Jobs that come in the same turn of the event loop run one after another in one transaction, each in a savepoint of its
 * own: a job that throws undoes only its own work. The promise of a job settles after the commit. Of the long jobs, one runs in each turn, after
 * the others: a short job waits for one long job at most.
 */
export function createWrite(
  connection: DatabaseSync,
  { database, wake, clock }: { readonly database: Database; readonly wake: (topic: Topic) => void; readonly clock: () => number },
): { write: Write; flush(): void } {
  let waiting: Waiting[] = [];
  const long: Waiting[] = [];
  let isScheduled = false;
  let last = 0;

  const now = (): number => {
    last = Math.max(clock() * 1000, last + 1);
    return last;
  };

  function schedule(): void {
    if (!isScheduled) setImmediate(turn);
    isScheduled = true;
  }

  function turn(): void {
    isScheduled = false;
    commitShort();
    const next = long.shift();
    if (next) commit([next]);
    if (long.length > 0) schedule();
  }

  function flush(): void {
    commitShort();
    for (const job of long.splice(0)) commit([job]);
  }

  function commitShort(): void {
    const group = waiting;
    waiting = [];
    if (group.length === 0 || commit(group)) return;
    // The whole group was undone, for example because the disk is full. Each job now runs in its own transaction and gets its own answer.
    for (const job of group) commit([job]);
  }

  /** @returns false if the group was undone as a whole and no job has been answered */
  function commit(group: readonly Waiting[]): boolean {
    const settled: (() => void)[] = [];
    const topics = new Set<Topic>();
    const alone = group.length === 1;
    try {
      connection.exec('BEGIN IMMEDIATE');
      for (const job of group) {
        const own: Topic[] = [];
        connection.exec('SAVEPOINT job');
        try {
          job.run({ ...database, now, wake: (topic) => own.push(topic) });
          connection.exec('RELEASE job');
          settled.push(job.done);
          for (const topic of own) topics.add(topic);
        } catch (error) {
          // After some failures SQLite itself rolls the whole transaction back.
          if (!connection.isTransaction) throw error;
          connection.exec('ROLLBACK TO job; RELEASE job');
          settled.push(() => job.fail(error));
        }
      }
      connection.exec('COMMIT');
    } catch (error) {
      if (connection.isOpen && connection.isTransaction) connection.exec('ROLLBACK');
      if (!alone) return false;
      for (const job of group) job.fail(error);
      return true;
    }
    for (const settle of settled) settle();
    for (const topic of topics) wake(topic);
    return true;
  }

  const write: Write = (job, how) =>
    new Promise((resolve, reject) => {
      let result: ReturnType<typeof job>;
      schedule();
      (how?.long ? long : waiting).push({
        run: (tx) => {
          result = job(tx);
        },
        done: () => resolve(result),
        fail: reject,
      });
    });

  return { write, flush };
}
