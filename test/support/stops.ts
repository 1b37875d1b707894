import { setTimeout as sleep } from 'node:timers/promises';

/** The processes that a program has started and has to end, whether it completes, fails or is interrupted. */
export interface Stops {
  /** aborted by SIGINT, SIGTERM or SIGHUP, or when the reader of standard output closes the pipe */
  readonly signal: AbortSignal;
  /** resolves when `signal` is aborted */
  readonly interrupted: Promise<void>;
  /** waits until a process has started, and remembers how to stop it @throws if the program was interrupted during the start */
  add<Started>(begun: Started | Promise<Started>, stop: (started: Started) => Promise<unknown>): Promise<Started>;
  /** stops all processes, the youngest first, including those that are still starting; gives up after 20 seconds */
  all(): Promise<void>;
}

export function createStops(): Stops {
  const stopping = new AbortController();
  const stops: (() => Promise<unknown>)[] = [];
  const starting = new Set<Promise<unknown>>();
  const interrupt = (code: number) => {
    if (stopping.signal.aborted) return;
    process.exitCode = code;
    stopping.abort();
    // Stops the processes immediately, because the program may be waiting for one of them to end.
    void all();
  };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.on(signal, () => interrupt(code));
  process.stdout.on('error', () => interrupt(1));

  let ending: Promise<void> | undefined;
  const all = () => (ending ??= endAll());
  async function endAll(): Promise<void> {
    const given = sleep(20_000, undefined, { ref: false });
    for (let stop = stops.pop(); stop; stop = stops.pop()) await Promise.race([stop().catch(() => undefined), given]);
    await Promise.race([Promise.allSettled(starting), given]);
  }

  async function remember<Started>(begun: Started | Promise<Started>, stop: (started: Started) => Promise<unknown>): Promise<Started> {
    const started = await begun;
    if (stopping.signal.aborted) {
      await stop(started);
      throw stopping.signal.reason;
    }
    stops.push(() => stop(started));
    return started;
  }

  return {
    signal: stopping.signal,
    interrupted: new Promise((resolve) => stopping.signal.addEventListener('abort', () => resolve())),
    async add(begun, stop) {
      const remembered = remember(begun, stop);
      starting.add(remembered);
      return await remembered.finally(() => starting.delete(remembered));
    },
    all,
  };
}
