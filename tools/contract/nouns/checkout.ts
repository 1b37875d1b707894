import type { Labels } from './label.ts';
import { shortHash } from '../short-hash.ts';

/**
 * A repository that a run asked for, and the commit that its ref was at when the run first asked. All attempts of the run get that commit.
 */
export interface CheckedOut {
  /** the repository's URL, without a token */
  readonly repository: string;
  /** a branch, a tag, or the whole commit; `HEAD` stands for the default branch */
  readonly ref: string;
  /** the whole commit */
  readonly commit: string;
}

/**
 * How the names of labels begin that say what a run asked for, whether it got the files or not. The rest of the name differs by repository and
 * ref.
 */
export const checkoutLabel = 'tributary.checkout.';

/** The value of such a label. None of its three parts can have a space, but a branch may have another white space, such as U+3000. */
export function checkoutValue({ commit, ref, repository }: CheckedOut): string {
  return `${commit} ${ref} ${repository}`;
}

/** Reads from a run's labels what it asked for. */
export function checkoutsOf(labels: Labels | null | undefined): CheckedOut[] {
  return Object.entries(labels ?? {}).flatMap(([name, value]) => {
    const [, commit, ref, repository] = (name.startsWith(checkoutLabel) && /^([\da-f]{40,64}) ([^ ]+) ([^ ]+)$/.exec(String(value))) || [];
    return commit && ref && repository ? [{ repository, ref, commit }] : [];
  });
}

/** Names a checkout in a sentence: `https://github.com/acme/shop at 1a2b3c4d5e6f (main)`. */
export function nameOfCheckout({ repository, ref, commit }: CheckedOut): string {
  const name = ref === 'HEAD' ? ' (default branch)' : ref === commit ? '' : ` (${ref})`;
  return `${repository} at ${shortHash(commit)}${name}`;
}
