import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { KeptField, PlanChange } from '@tributary/contract/nouns/plan';

import { type Basis, type FieldOutcome, joined, mergeField, type Outcome } from './field.ts';
import { codeFields, type Live, peoplesField, type PeoplesName, textField, textNames, type Wanted } from './fields.ts';
import { mergeLabels, protectChanges } from './merge-labels.ts';
import { mergeObject } from './merge-object.ts';
import { mergeSchedules } from './merge-schedules.ts';
import { mergeTags } from './merge-tags.ts';
import { type ListName, lists, nothingApplied, readRecord, writeRecord } from './record.ts';
import type { Reset } from './reset.ts';
import { hasVersionOfCode } from './steps.ts';

export type { Reset };

/** What is merged for one deployment. */
export interface Sides {
  /** what the code wants, with the labels of this deploy */
  readonly wanted: Wanted;
  readonly live: Deployment | undefined;
  /** fields that people may change on the engine although they belong to the code */
  readonly keepLive: readonly string[];
  readonly reset: Reset;
}

export interface Merged {
  readonly changes: readonly PlanChange[];
  readonly kept: readonly KeptField[];
  /** lists that are too long to be recorded item by item: they are compared as a whole, and an item that the code dropped may look like one that people added */
  readonly whole: readonly ListName[];
  /** what to send: the code's values, what is kept, and the record of what was applied. Fields that it leaves out keep their live values */
  readonly request: Wanted;
}

const nothing = { items: [], whole: [] };
const blank: Live = { paused: false, tags: [], schedules: [] };

/**
 * Merges what the code wants, what the last deploy applied, and what is live. The last deploy left fingerprints of what it applied in a label.
 * What belongs to the code is set back, and what people changed in their fields is kept. Without a record, the live value counts as applied in
 * the code's fields, and the code's value in people's.
 */
export function merge({ wanted, live, keepLive, reset }: Sides): Merged {
  if (!live) return { ...mergeWith(wanted, blank, keepLive, { applied: nothingApplied, reset }), changes: [] };
  return mergeWith(wanted, live, keepLive, { applied: readRecord(live.labels?.[labelNames.applied]), reset });
}

function mergeWith(wanted: Wanted, live: Live, keepLive: readonly string[], basis: Basis): Merged {
  const texts = mergeTexts(wanted, live, keepLive, basis);
  const peoples = mergePeoples(wanted, live, basis);
  const objects = (['parameters', 'job_variables'] as const).flatMap((name) => {
    const code = wanted[name];
    return code === undefined ? [] : { name, ...mergeObject(name, { code: code ?? {}, live: live[name] ?? {}, keepLive }, basis) };
  });
  const codes = codeFields(wanted, live).map((field) => mergeField(field, basis));
  const tags = wanted.tags && mergeTags(wanted.tags, live.tags, basis);
  // An upsert without schedules deletes the live schedules, so missing schedules are an empty list.
  const schedules = mergeSchedules({ code: wanted.schedules ?? [], live: live.schedules, keepLive }, basis);

  const { changes, kept, entries } = joined([texts, ...objects, ...codes, peoples, ...(tags ? [tags] : []), schedules]);
  const record = writeRecord(entries, { tags: tags?.recorded ?? nothing, schedules: schedules.recorded });
  const [ours, theirs] = [wanted.labels ?? {}, live.labels ?? {}];
  const { paused: _p, concurrency_limit: _l, concurrency_options: _o, ...others } = wanted;
  return {
    changes: [...changes, ...protectChanges(ours, theirs)],
    kept,
    whole: lists.filter((list) => record.whole.includes(list) || basis.applied?.get(list) !== undefined),
    request: {
      ...others,
      ...texts.value,
      ...Object.fromEntries(objects.map(({ name, value }) => [name, value])),
      ...peoples.value,
      ...(tags ? { tags: tags.value } : {}),
      schedules: schedules.value,
      labels: mergeLabels({ ...ours, [labelNames.applied]: record.label }, theirs),
    },
  };
}

/** Merges the fields of plain text. @returns also the live texts that are kept, to be sent */
function mergeTexts(wanted: Wanted, live: Live, keepLive: readonly string[], basis: Basis): Outcome & { readonly value: Partial<Texts> } {
  const merged = textNames.flatMap((name) => {
    const code = wanted[name];
    if (code === undefined) return [];
    const field = textField(name, code, live[name], keepLive);
    // Otherwise each new commit would be shown twice.
    const isShown = name !== 'version' || !hasVersionOfCode(live, wanted);
    return { name, ...mergeField(isShown ? field : { ...field, changes: () => [] }, basis) };
  });
  return { ...joined(merged), value: Object.fromEntries(merged.flatMap(({ name, isKept }) => (isKept ? [[name, live[name]]] : []))) };
}

type Texts = Readonly<Record<(typeof textNames)[number], string | null | undefined>>;

/**
 * Merges what belongs to people. Only what changes is sent: an upsert keeps a field that it leaves out, even if a person changes it at that moment.
 */
function mergePeoples(wanted: Wanted, live: Live, basis: Basis): Outcome & { readonly value: Partial<Wanted> } {
  const mergeOne = (name: PeoplesName): FieldOutcome => mergeField(peoplesField(name, wanted, live), basis);
  const [paused, limit, options] = [mergeOne('paused'), mergeOne('concurrency_limit'), mergeOne('concurrency_options')];
  return {
    ...joined([paused, limit, options]),
    value: {
      ...(isChanged(paused) ? { paused: wanted.paused ?? false } : {}),
      ...(isChanged(limit) ? { concurrency_limit: wanted.concurrency_limit ?? null } : {}),
      ...(isChanged(options) ? { concurrency_options: wanted.concurrency_options ?? null } : {}),
    },
  };
}

function isChanged({ isKept, isSame }: FieldOutcome): boolean {
  return !isKept && !isSame;
}
