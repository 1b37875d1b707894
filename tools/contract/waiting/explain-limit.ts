import type { SlotHolder, Waiting } from '../nouns/waiting.ts';
import type { Held, Slots } from './facts.ts';

export interface Explanation {
  /** replaces the code that was found */
  readonly code?: Waiting['code'];
  readonly sentence: string;
  readonly cure: string | null;
}

/** What helps against a full limit. */
export interface LimitCures {
  /** the command that raises the limit to this number; null if it is unknown */
  readonly raise: (limit: number) => string | null;
  /** what else to do if parents hold the slots, as a clause; null if nothing else helps */
  readonly instead: string | null;
}

/** How many holders a sentence names. */
const mostNamed = 3;

/**
 * Explains a full limit. If parents of the run hold slots, they may wait for the run, and keep their slots while they wait.
 * @param what the thing with the limit, at the start of a sentence
 * @param slots null if they are unknown
 */
export function explainLimit(what: string, slots: Slots | null, held: Held, { raise, instead }: LimitCures): Explanation {
  if (!slots) return { sentence: `${what} is full, and the run waits for a slot.`, cure: null };
  const { limit, taken } = slots;
  const command = raise(Math.max(limit, taken) + 1);
  const cureOf = (first: string | null): string | null => {
    if (command === null) return first && capital(first);
    return `${capital(first ? `${first}, or raise` : 'raise')} the limit: ${command}`;
  };
  if (limit === 0) return { sentence: `${what} has a limit of 0, so the run never starts.`, cure: cureOf(null) };
  if (held.parents === 0) {
    const isOne = limit === 1;
    return {
      sentence: `${what} is full: ${isOne ? 'its only slot is' : `all ${limit} slots are`} taken${takenBy(held)}.`,
      cure: cureOf('wait for a slot'),
    };
  }
  return {
    code: 'held-by-waiting-parents',
    sentence: `${what} is full: ${parentsText(held)} ${slotsText(held.parents, limit)}. ${consequence(held.parents, taken)}`,
    cure: cureOf(instead),
  };
}

function slotsText(taken: number, limit: number): string {
  if (limit === 1) return 'its only slot';
  return taken < limit ? `${taken} of its ${limit} slots` : `all ${limit} slots`;
}

/** Names a few of the runs that hold slots. A slot that isn't held by a run has no name. */
function takenBy({ holders, count }: Held): string {
  const names = holders.slice(0, mostNamed).map(named);
  if (names.length === 0) return '';
  return ` by ${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}`;
}

function parentsText({ parents, holders }: Held): string {
  const names = holders.filter(({ is_parent }) => is_parent).map(named);
  if (parents === 1) return `${names.join()}, a parent of the run, holds`;
  return `${parents} parents of the run (${names.join(', ')}) hold`;
}

function consequence(parents: number, taken: number): string {
  if (parents < taken) return 'A parent keeps its slot while it waits for the run.';
  return parents === 1 ? 'If the parent waits for the run, both wait for ever.' : 'If they wait for the run, all of them wait for ever.';
}

function named({ name, flow_name, deployment_name }: SlotHolder): string {
  return `flow run "${name}" of ${deployment_name === null ? `flow ${flow_name}` : `${flow_name}/${deployment_name}`}`;
}

export function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
