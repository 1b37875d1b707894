import { type JsonObject, readJson as read, writeJson as write } from '@tributary/contract/json';
import { fromMicros, type Timestamp, toMicros } from '@tributary/contract/moment';

/** Columns hold what we wrote ourselves, so reading them back trusts their shape. Large integers are bigints. */
export function readJson(text: string): JsonObject;
export function readJson(text: string | null): JsonObject | null;
export function readJson(text: string | null): JsonObject | null {
  return text === null ? null : readColumn<JsonObject>(text);
}

/** A column that holds JSON of another kind, or of any. */
export function readColumn<Kept = unknown>(text: string): Kept {
  return read(text) as Kept;
}

export function writeJson(value: unknown): string {
  return write(value ?? null);
}

/** Null and undefined alike become SQL's null. */
export function writeMaybe(value: unknown): string | null {
  return value === null || value === undefined ? null : write(value);
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
