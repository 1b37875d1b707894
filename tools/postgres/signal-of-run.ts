import { isTributaryError } from '@tributary/contract/error';
import { run } from '@tributary/flow';

/** @returns the signal of the run, with the given one if there is one; outside a flow, the given one alone */
export function withSignalOfRun(signal: AbortSignal | undefined): AbortSignal {
  return AbortSignal.any([signal, signalOfRun()].filter((each) => each !== undefined));
}

function signalOfRun(): AbortSignal | undefined {
  try {
    return run().signal;
  } catch (error) {
    // A script may use Postgres outside a flow.
    if (isTributaryError(error, 'misuse')) return undefined;
    throw error;
  }
}
