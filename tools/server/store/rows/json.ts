import { readJson as read, writeJson as write } from '@tributary/contract/json';
import { fromMicros, type Timestamp, toMicros } from '@tributary/contract/moment';

declare const kept: unique symbol;

/** The text of a column that holds JSON of this type. */
export type JsonText<Kept> = string & { readonly [kept]: Kept };

/**
 * Reads a JSON column. Its shape is trusted, because {@link writeJson} wrote it.
 * @returns the value, in which integers that a number can't hold exactly are bigints; null for SQL's null
 */
export function readJson<Kept>(text: JsonText<Kept>): Kept;
export function readJson<Kept>(text: JsonText<Kept> | null): Kept | null;
export function readJson<Kept>(text: JsonText<Kept> | null): Kept | null {
  return text === null ? null : (read(text) as Kept);
}

/** @returns the column's text; JSON's null for null and undefined */
export function writeJson<Kept>(value: Kept): JsonText<Kept> {
  return write(value ?? null) as JsonText<Kept>;
}

/** @returns the column's text; SQL's null for null and undefined */
export function writeMaybe<Kept>(value: Kept | null | undefined): JsonText<Kept> | null {
  return value === null || value === undefined ? null : writeJson(value);
}

export function readTime(micros: number): Timestamp;
export function readTime(micros: number | null): Timestamp | null;
export function readTime(micros: number | null): Timestamp | null {
  return micros === null ? null : fromMicros(micros);
}

export function writeTime(timestamp: Timestamp): number;
export function writeTime(timestamp: Timestamp | null | undefined): number | null;
export function writeTime(timestamp: Timestamp | null | undefined): number | null {
  return timestamp ? toMicros(timestamp) : null;
}
