import { TributaryError } from '@tributary/contract/error';

const gigabyte = 1e9;
const usual = 10;

/**
 * Chooses how large the store may become: `TRIBUTARY_CODE_LIMIT` in GB, otherwise 10 GB.
 * @returns bytes
 * @throws `misuse` if the variable isn't a number above 0
 */
export function chooseLimit({ TRIBUTARY_CODE_LIMIT: given }: NodeJS.ProcessEnv): number {
  const gigabytes = given ? Number(given) : usual;
  if (gigabytes > 0 && Number.isFinite(gigabytes)) return gigabytes * gigabyte;
  throw new TributaryError(
    'misuse',
    `TRIBUTARY_CODE_LIMIT is ${JSON.stringify(given)}. Write how many GB the code store may have, such as 20.`,
  );
}
