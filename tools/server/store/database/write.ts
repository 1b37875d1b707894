import type { DatabaseSync } from 'node:sqlite';

import type { Database } from './database.ts';
import type { Topic } from './waiters.ts';

/** What a job writes with, for the time of its call only. */
export interface Transaction extends Database {
  /** integer microseconds since 1970; every reading is later than the one before it, in the life of the server */
  now(): number;
  /** tells those who wait for this kind of news, once what the job wrote is on disk */
  wake(topic: Topic): void;
}

/**
 * A job is synchronous, and touches nothing but the database: it may be called twice, when the group it ran in could not be committed.
 */
export type Job<Result> = (tx: Transaction) => Result;
export type Write = <Result>(job: Job<Result>) => Promise<Result>;

interface Waiting {
  readonly run: (tx: Transaction) => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The group commit. Jobs that are ready in the same turn of the event loop run one after another in one transaction, each inside a
 * savepoint of its own: one that throws undoes its own work alone. Each promise settles after the commit that holds its job's work.
 */
export function createWrite(connection: DatabaseSync, database: Database, wake: (topic: Topic) => void): { write: Write; flush(): void } {
  let waiting: Waiting[] = [];
  let last = 0;

  const now = (): number => {
    last = Math.max(Date.now() * 1000, last + 1);
    return last;
  };

  function flush(): void {
    const group = waiting;
    waiting = [];
    if (group.length === 0 || commit(group)) return;
    // The whole group was undone (a full disk, say): alone, each gets an answer of its own.
    for (const job of group) commit([job]);
  }

  /** @returns false when the group was undone as a whole, and nobody has been answered yet */
  function commit(group: readonly Waiting[]): boolean {
    const settled: (() => void)[] = [];
    const news = new Set<Topic>();
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
          for (const topic of own) news.add(topic);
        } catch (error) {
          // SQLite itself undoes the whole transaction after some failures.
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
    for (const topic of news) wake(topic);
    return true;
  }

  const write: Write = (job) =>
    new Promise((resolve, reject) => {
      let result: ReturnType<typeof job>;
      if (waiting.length === 0) setImmediate(flush);
      waiting.push({
        run: (tx) => {
          result = job(tx);
        },
        done: () => resolve(result),
        fail: reject,
      });
    });

  return { write, flush };
}
