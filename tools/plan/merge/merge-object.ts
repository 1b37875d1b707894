import type { JsonObject } from '@tributary/contract/json';

import { type Basis, type Field, type FieldOutcome, joined, mergeField, type Outcome } from './field.ts';
import { jsonChanges, printJson } from './json-changes.ts';
import { normal, withoutNulls } from './normal.ts';
import { splitConflict } from './split-conflict.ts';
import { pathIn, valueAt, withoutPath, withPath } from './paths.ts';

interface Sides {
  readonly code: JsonObject;
  readonly live: JsonObject;
  /** the fields that people may change: this one, or paths in it */
  readonly keepLive: readonly string[];
}

/** Merges parameters or job variables: what people may change path by path, and the rest as one value. */
export function mergeObject(
  name: 'parameters' | 'job_variables',
  { code, live, keepLive }: Sides,
  basis: Basis,
): Outcome & { readonly value: JsonObject } {
  const isPeoples = keepLive.includes(name);
  const parts = isPeoples ? [] : outermost(keepLive).flatMap((field) => pathIn(name, field).map((path) => ({ field, path })));
  const restOf = (object: JsonObject): JsonObject => parts.reduce((rest, { path }) => withoutPath(rest, path), object);
  const [from, to] = [restOf(live), restOf(code)];
  const whole = mergeField(
    {
      name,
      owner: isPeoples ? 'people' : 'code',
      isOptional: true,
      code: normal(to),
      live: normal(from),
      changes: () => jsonChanges(name, from, to),
      print: (side) => printJson(normal(side === 'live' ? from : to)),
    },
    basis,
  );
  const isConflict = whole.changes.some(({ reason }) => reason === 'conflict');
  const split = isConflict ? splitConflict(name, { code: to, live: from, base: basis.applied?.get(name) }) : undefined;
  const rest = { ...whole, changes: split ?? whole.changes };
  const merged = parts.map(({ field, path }) => {
    const [before, after] = [valueAt(live, path), valueAt(code, path)];
    const outcome = mergePart(field, before, after, basis);
    // Of two values that mean the same, the live one stays: a parameter that is null isn't one that is missing.
    return { outcome, path, value: outcome.isKept || outcome.isSame ? before : after };
  });
  const outcomes = [rest, ...merged.map(({ outcome }) => outcome)];
  const start = rest.isKept ? live : code;
  return { ...joined(outcomes), value: merged.reduce((value, part) => withPath(value, part.path, part.value), start) };
}

/** Merges a part that people may change. A missing part is null, so that the record has it too. */
function mergePart(name: string, live: unknown, code: unknown, basis: Basis): FieldOutcome {
  const field: Field = {
    name,
    owner: 'people',
    code: withoutNulls(code) ?? null,
    live: withoutNulls(live) ?? null,
    changes: () => jsonChanges(name, live, code),
    print: (side) => printJson(side === 'live' ? live : code),
  };
  const isNew = basis.applied?.get(name) === undefined;
  if (!isNew) return mergeField(field, basis);
  // The last deploy didn't name the part yet. A live value is then kept, but a value that the code has just added is applied.
  return field.live === null && basis.applied
    ? mergeField(field, basis, { code: true, live: false })
    : mergeField(field, { ...basis, applied: undefined });
}

/** Drops fields that are inside of another one. */
function outermost(fields: readonly string[]): readonly string[] {
  return fields.filter((field) => !fields.some((other) => field.startsWith(`${other}.`)));
}
