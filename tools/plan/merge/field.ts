import type { KeptField, PlanChange } from '@tributary/contract/nouns/plan';

import { decide, type Moved } from './decide.ts';
import type { Difference } from './json-changes.ts';
import { isEqual } from './normal.ts';
import { type Applied, type Entry, fingerprint } from './record.ts';
import { isReset, type Reset } from './reset.ts';

/** One value of a deployment, as the code wants it and as it is live. A missing value is undefined: see {@link normal}. */
export interface Field {
  /** as a plan prints it, and as `--reset` takes it */
  readonly name: string;
  readonly owner: 'code' | 'people';
  readonly code: unknown;
  readonly live: unknown;
  /** what a missing value means to the servers @default nothing */
  readonly fallback?: unknown;
  /** the live value in further forms, such as without what a server added */
  readonly forms?: readonly unknown[];
  /** whether a live value is left alone that was there before the first deploy, as long as the code has none @default false */
  readonly isOptional?: boolean;
  /** the name under which the last deploy recorded the value @default name */
  readonly recorded?: string;
  /** the differences as people read them; none if the values mean the same */
  readonly changes: () => readonly Difference[];
  /** prints the values if the live one is kept */
  readonly print: (value: 'code' | 'live') => string | null;
}

/** What decides about a field besides its values. */
export interface Basis {
  /** what the last deploy applied; undefined without a record */
  readonly applied: Applied | undefined;
  readonly reset: Reset;
}

/** What happens to one or more fields. */
export interface Outcome {
  readonly changes: readonly PlanChange[];
  readonly kept: readonly KeptField[];
  /** what to record */
  readonly entries: readonly Entry[];
}

/** What happens to a field. Its value is the code's, unless the live value is kept. */
export interface FieldOutcome extends Outcome {
  readonly isKept: boolean;
  /** whether both values mean the same */
  readonly isSame: boolean;
}

/** Merges one field. @param moved whether the values have changed since the last deploy @default what the record says */
export function mergeField(field: Field, { applied, reset }: Basis, moved?: Moved): FieldOutcome {
  const { name, code, live, fallback } = field;
  const entries: readonly Entry[] = code === undefined ? [] : [[name, fingerprint(code)]];
  const isSame = isEqual(code ?? fallback, live ?? fallback);
  const changes = isSame ? [] : field.changes();
  if (changes.length === 0) return { changes: [], kept: [], entries, isKept: false, isSame: true };
  const owner = isLeftAlone(field, applied) ? 'people' : field.owner;
  // A user may also name all differences, as a saved plan does.
  const isGivenBack = isReset(reset, name) || changes.every((change) => isReset(reset, change.field));
  const decision = decide({ owner, moved: moved ?? movedSince(applied, field), isReset: isGivenBack });
  if ('reason' in decision) {
    const { reason } = decision;
    return { changes: changes.map((change) => ({ ...change, reason })), kept: [], entries, isKept: false, isSame: false };
  }
  return {
    changes: [],
    kept: [{ field: name, live: field.print('live'), code: field.print('code'), ...decision }],
    entries: [...entries, [keptName(name), fingerprint(live)]],
    isKept: true,
    isSame: false,
  };
}

/** Joins what happens to several fields. */
export function joined(outcomes: readonly Outcome[]): Outcome {
  return {
    changes: outcomes.flatMap(({ changes }) => changes),
    kept: outcomes.flatMap(({ kept }) => kept),
    entries: outcomes.flatMap(({ entries }) => entries),
  };
}

/**
 * Compares the values with those of the last deploy. If that deploy kept a live value, the record has it beside the code's value: so the code
 * wins when it changes the field later.
 */
function movedSince(applied: Applied | undefined, field: Field): Moved | undefined {
  if (!applied) return undefined;
  const name = field.recorded ?? field.name;
  const base = applied.get(name);
  const kept = applied.get(keptName(name));
  return {
    code: printOf(field.code) !== base,
    live: kept === undefined ? !formsOf(field).some((form) => printOf(form) === base) : fingerprint(field.live) !== kept,
  };
}

function formsOf({ live, forms = [], fallback }: Field): readonly unknown[] {
  const isFallback = fallback !== undefined && isEqual(live ?? fallback, fallback);
  return isFallback ? [undefined, fallback] : [live, ...forms];
}

function printOf(value: unknown): string | undefined {
  return value === undefined ? undefined : fingerprint(value);
}

function isLeftAlone({ name, code, isOptional }: Field, applied: Applied | undefined): boolean {
  return isOptional === true && code === undefined && (!applied || applied.get(keptName(name)) !== undefined);
}

function keptName(name: string): string {
  return `${name} kept`;
}
