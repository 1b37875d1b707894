import type { StorageKind } from '@tributary/contract/nouns/plan';
import { checkReset, type Policy } from '@tributary/plan';

import { misuse } from '../command/refusal.ts';

/** The options that say what a deploy may do. `plan` has the same ones, so that it shows what such a deploy would do. */
export interface PolicyOptions {
  readonly takeOver?: readonly string[];
  readonly allowDeletes?: number;
  readonly allowOlder?: boolean;
  readonly reset?: readonly string[];
  readonly storage?: StorageKind;
  /** only of `plan` */
  readonly all?: boolean;
}

/**
 * Reads what the user allows.
 * @param names the integrations that the user named. Without one, the plan is of the whole workspace
 */
export function readPolicy(
  names: readonly string[],
  { takeOver = [], allowDeletes = 0, allowOlder = false, reset = [], storage, all = false }: PolicyOptions,
): Policy {
  if (takeOver.some(isEmpty)) throw misuse('--take-over takes the id of another workspace, such as acme/data.');
  if (reset.some(isEmpty)) throw misuse('--reset takes a field as the plan names it, such as paused or tags.urgent, or "all".');
  for (const field of reset) {
    const problem = checkReset(field);
    if (problem !== undefined) throw misuse(`--reset: ${problem}`);
  }
  return {
    everything: names.length === 0,
    takeOver,
    allowDeletes,
    allowOlder,
    reset,
    storage: storage ?? null,
    listOthers: all,
  };
}

function isEmpty(text: string): boolean {
  return text.trim() === '';
}
