import { writeJson } from '@tributary/contract/json';
import { fromMicros, readTimestamp, secondsBetween, type Timestamp } from '@tributary/contract/time';

import type { Line } from '../talk/talk.ts';

const moment = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/;
/** The form of the names that servers give to runs without a name. */
const slug = /^[a-z]+-[a-z]+$/;

/** Keys of sentences for people, which each server words differently. */
const sentences = new Set(['message', 'reason', 'documentation_url', 'logo_url', 'code_example']);
/** Keys of seconds that a clock measured. The comparison only distinguishes zero from other values. */
const measured = new Set(['total_run_time', 'delay_seconds', 'avg_slot_occupancy_seconds']);
/** Keys of seconds from or to the moment of the answer. A quick server may answer zero, so all values count as equal. */
const running = new Set(['estimated_run_time', 'estimated_start_time_delta']);

/** Keys of lists whose order has no meaning. */
const unordered = new Set(['tags', 'schedules', 'pause_keys']);

export interface Normal {
  readonly step: string;
  readonly status: number | undefined;
  readonly value: unknown;
}

/**
 * Makes the answers of one server comparable with another's. Times near the suite's start become `<now>` or `<soon>`, unless the script
 * sent them. Names that a server invented, and measured seconds, become placeholders. A refusal is reduced to its keys and the kind of
 * each value.
 */
export function normalise(lines: readonly Line[], start: Timestamp): Normal[] {
  const sent = lines.map(({ exchange }) => exchange?.text ?? '').join('\n');
  const given = new Set([...sent.matchAll(/"(\d{4}-\d\d-\d\d[T ][^"]+)"/g)].map(([, text = '']) => readTimestamp(text)));

  const time = (read: Timestamp, at: Timestamp): string => {
    if (given.has(read)) return read;
    const ahead = secondsBetween(at, read);
    if (secondsBetween(start, read) < -600 || ahead > 3600) return fromMicros(Math.round(Date.parse(read) * 1000));
    return ahead > 2 ? '<soon>' : '<now>';
  };
  const text = (value: string, key: string, at: Timestamp): string => {
    if (sentences.has(key)) return sent.includes(writeJson(value)) ? value : '<text>';
    const read = moment.test(value) ? readTimestamp(value) : undefined;
    if (read) return time(read, at);
    if (key === 'name' && slug.test(value)) return '<name>';
    return value;
  };
  const plain = (value: unknown, key: string, at: Timestamp): unknown => {
    // The servers word a state's message differently, or only one of them sends a message. So null counts as a message, too.
    if (value === null && key === 'message') return '<text>';
    if (typeof value === 'string') return text(value, key, at);
    if (typeof value === 'number' && running.has(key)) return '<seconds>';
    if (typeof value === 'number' && measured.has(key)) return value === 0 ? 0 : '<seconds>';
    if (Array.isArray(value)) {
      const items = value.map((item) => plain(item, key, at));
      return unordered.has(key) ? items.toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1)) : items;
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, item]) => [name, plain(item, name, at)]),
    );
  };

  return lines.map(({ step, exchange, arrangedBy, value }) => {
    const at = exchange?.at ?? start;
    const status = exchange?.status;
    if (status !== undefined && status >= 400) return { step, status, value: shapeOf(value) };
    return { step, status, value: plain(arrangedBy ? arrange(value, arrangedBy) : value, '', at) };
  });
}

/** Replaces the values of a refusal by their kinds, because each server words a refusal differently. */
function shapeOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return kindOf(value);
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, kindOf(item)]),
  );
}

function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** A key to sort a list's items by. It contains no ids, so an item has the same key on both servers. */
function orderOf(item: unknown): string {
  return writeJson(item).replace(/[0-9a-f-]{36}/g, '');
}

function arrange(value: unknown, key: string): unknown {
  return Array.isArray(value) ? value.toSorted((a, b) => (keyOf(a, key) < keyOf(b, key) ? -1 : 1)) : value;
}

function keyOf(item: unknown, key: string): string {
  return typeof item === 'object' && item !== null ? String(Object.entries(item).find(([name]) => name === key)?.[1]) : '';
}
