import type { KeptField } from '@tributary/contract/nouns/plan';

import { oneLine } from './one-line.ts';

/** Prints what a deploy keeps: `kept: concurrency_limit 2 (code: none)`, `kept: schedule nightly paused (code: none)`. */
export function keptText(kept: KeptField): string {
  const { noun, print } = read(kept.field);
  const code = kept.code === null ? null : print(kept.code);
  const remark = kept.conflict
    ? `conflict: ${code === null ? 'the code no longer sets it' : `the code now has ${code}`}`
    : `code: ${code ?? 'none'}`;
  const value = kept.live === null ? `no ${noun}` : `${noun} ${print(kept.live)}`;
  return `kept: ${oneLine(value)} (${oneLine(remark)})`;
}

/** Prints the lists that are too long to be compared item by item: `compared as a whole: tags`. @returns nothing if there is none */
export function wholeTexts(whole: readonly string[]): string[] {
  return whole.length === 0 ? [] : [`compared as a whole: ${whole.join(', ')} (too many to remember each)`];
}

interface FieldWords {
  readonly noun: string;
  /** prints a value of the field */
  readonly print: (value: string) => string;
}

/** The words for a field. Most fields are called as they are written. */
function read(field: string): FieldWords {
  const print = (value: string): string => value;
  if (field === 'paused') return { noun: '', print: (value) => (value === 'true' ? 'paused' : 'not paused') };
  const schedule = /^(schedule .*) active$/s.exec(field)?.[1];
  if (schedule !== undefined) return { noun: schedule, print: (value) => (value === 'true' ? 'active' : 'paused') };
  if (field.startsWith('tags.')) return { noun: 'tag', print };
  return { noun: field, print };
}
