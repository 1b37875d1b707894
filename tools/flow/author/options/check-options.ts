import { TributaryError } from '@tributary/contract/error';
import { nearest } from '@tributary/contract/nearest';

/**
 * Refuses an unknown option, which would be ignored silently. The compiler does so too, but plan, deploy and dev run code that nobody has compiled.
 * @param owner whose options they are, for the message: `deployment export/nightly`
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
