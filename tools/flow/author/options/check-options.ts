import { TributaryError } from '@tributary/contract/error';

import { nearest } from '@tributary/contract/nearest';

/**
 * Refuses an option that would be dropped in silence. The compiler does so too, but plan, deploy and dev run code that nobody has compiled.
 * @param owner for sentences: `Deployment export/nightly`
 * @throws `misuse`
 */
export function checkOptions(owner: string, options: object, known: Readonly<Record<string, true>>): void {
  const unknown = Object.keys(options).find((option) => !Object.hasOwn(known, option));
  if (unknown === undefined) return;
  const near = nearest(unknown, Object.keys(known));
  throw new TributaryError(
    'misuse',
    `${owner} has an option "${unknown}", which there is not.${near ? ` Did you mean "${near}"?` : ` There are: ${Object.keys(known).join(', ')}.`}`,
  );
}
