import { toMicros } from '@tributary/contract/moment';
import { codeStates } from '@tributary/contract/nouns/code';
import { isTerminal, type State } from '@tributary/contract/nouns/state';

/** How long a run waits before its code is fetched again, in seconds: after the first try, the second, and the third. */
const waits = [30, 60, 120];
/** How often the code of a run is tried to be fetched. */
export const mostTries = waits.length + 1;

/**
 * Finds the tries to fetch a run's code that came to nothing: the run was handed back, or its worker died. A run that is retried starts
 * anew.
 * @param states all states of the run, in any order
 * @returns the state after each try, oldest first
 */
export function failedTries(states: readonly State[]): State[] {
  const ordered = states.toSorted((one, other) => toMicros(one.timestamp) - toMicros(other.timestamp));
  const begun = ordered.findLastIndex(({ type }) => type === 'RUNNING' || isTerminal(type)) + 1;
  return ordered.slice(begun).filter(({ type, name }) => type === 'SCHEDULED' && name === codeStates.awaiting);
}

/** @param tries the number of tries before this one @returns seconds until the next try; undefined if this was the last one */
export function waitAfter(tries: number): number | undefined {
  return waits[tries];
}
