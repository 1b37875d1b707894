import type { Caller } from './acquire.ts';

interface Flight<Result> {
  readonly result: Promise<Result>;
  readonly callers: Set<Caller>;
  readonly end: AbortController;
  /** what the work does now, for those who join it later */
  line: string | undefined;
}

/** Does equal work once for all who ask for it at the same time. */
export interface Flights<Result> {
  /**
   * Joins the work with this key, or begins it. The work ends early once all who asked for it have left.
   * @throws the signal's reason as soon as it is aborted
   */
  join(key: string, caller: Caller, work: (caller: Caller) => Promise<Result>): Promise<Result>;
}

export function createFlights<Result>(): Flights<Result> {
  const flights = new Map<string, Flight<Result>>();
  const begin = (key: string, work: (caller: Caller) => Promise<Result>): Flight<Result> => {
    const callers = new Set<Caller>();
    const end = new AbortController();
    const tell = (line: string): void => {
      flight.line = line;
      for (const caller of callers) caller.tell(line);
    };
    // The work begins once its first caller is among the callers, so that the caller gets its first line too.
    const flight: Flight<Result> = {
      callers,
      end,
      line: undefined,
      result: Promise.resolve().then(() => work({ signal: end.signal, tell })),
    };
    flights.set(key, flight);
    const remove = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
    };
    flight.result.then(remove, remove);
    return flight;
  };
  return {
    async join(key, caller, work) {
      caller.signal.throwIfAborted();
      const flight = flights.get(key) ?? begin(key, work);
      flight.callers.add(caller);
      if (flight.line !== undefined) caller.tell(flight.line);
      const left = Promise.withResolvers<never>();
      const leave = (): void => left.reject(caller.signal.reason);
      caller.signal.addEventListener('abort', leave, { once: true });
      try {
        return await Promise.race([flight.result, left.promise]);
      } finally {
        caller.signal.removeEventListener('abort', leave);
        flight.callers.delete(caller);
        if (flight.callers.size === 0) {
          // Nobody may join work that is about to end.
          if (flights.get(key) === flight) flights.delete(key);
          flight.end.abort(caller.signal.reason);
        }
      }
    },
  };
}
