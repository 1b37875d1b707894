import { TributaryError } from '@tributary/contract/error';
import { nearest } from '@tributary/contract/nearest';

/**
 * Refuses an unknown option, so that it isn't silently ignored. The compiler refuses it too, but plan, deploy and dev run code without
 * compiling it.
 * @param owner names the owner of the options in the message: `deployment export/nightly`
 * @throws `misuse` with the nearest known option
 */
export function checkOptions(owner: string, options: object, known: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown === undefined) return;
  const near = nearest(unknown, Object.keys(known));
  throw new TributaryError(
    'misuse',
    `Unknown option "${unknown}" in ${owner}. ${near ? `Did you mean "${near}"?` : `Known options: ${Object.keys(known).join(', ')}.`}`,
  );
}
