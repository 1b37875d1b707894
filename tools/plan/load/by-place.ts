import type { Finding } from '@tributary/contract/nouns/plan';

/** Orders findings by file and line. Those without a place come first. */
export function byPlace(one: Finding, other: Finding): number {
  if (one.file !== other.file) return (one.file ?? '') < (other.file ?? '') ? -1 : 1;
  return (one.line ?? 0) - (other.line ?? 0);
}
