import type { Labels } from './label.ts';
import { shortHash } from '../short-hash.ts';

/** A repository that a run checked out, and the commit that all its attempts get for the ref. */
export interface CheckedOut {
  /** the repository's URL, without a token */
  readonly repository: string;
  /** a branch, a tag, or the whole commit; `HEAD` stands for the default branch */
  readonly ref: string;
  /** the whole commit */
  readonly commit: string;
}

/** How the names of labels begin that say what a run checked out. The rest of the name differs by repository and ref. */
export const checkoutLabel = 'tributary.checkout.';

/** The value of such a label. None of its three parts can have a space, but a branch may have another white space, such as U+3000. */
export function checkoutValue({ commit, ref, repository }: CheckedOut): string {
  return `${commit} ${ref} ${repository}`;
}

/** Reads what a run checked out from its labels. */
export function checkoutsOf(labels: Labels | null | undefined): CheckedOut[] {
  return Object.entries(labels ?? {}).flatMap(([name, value]) => {
    const [, commit, ref, repository] = (name.startsWith(checkoutLabel) && /^([\da-f]{40,64}) ([^ ]+) ([^ ]+)$/.exec(String(value))) || [];
    return commit && ref && repository ? [{ repository, ref, commit }] : [];
  });
}

/** Says in a sentence what was checked out: `https://github.com/acme/shop at 1a2b3c4d5e6f (main)`. */
export function nameOfCheckout({ repository, ref, commit }: CheckedOut): string {
  const name = ref === 'HEAD' ? ' (default branch)' : ref === commit ? '' : ` (${ref})`;
  return `${repository} at ${shortHash(commit)}${name}`;
}
