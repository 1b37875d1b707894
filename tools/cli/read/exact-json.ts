import { firstLargeInteger, pathText } from '@tributary/contract/json';

import { misuse } from '../command/refusal.ts';

/**
 * Refuses a value with an integer that a JavaScript number can't hold, because the run would get a rounded number.
 * @param option the option that gave the value, such as `--param`
 * @param path the path of the value
 * @param write prints what to write instead of the integer @default the integer as a text
 * @throws misuse with the option, the path and what to write instead
 */
export function refuseLargeIntegers(
  option: string,
  value: unknown,
  path: readonly (string | number)[] = [],
  write = (digits: string): string => `"${digits}"`,
): void {
  const found = firstLargeInteger(value);
  if (!found) return;
  const at = pathText([...path, ...found.path]);
  throw misuse(
    `${option}${at ? `: ${at}` : ''} is ${found.value}. A number of this size would lose digits, so write it as text: ${write(String(found.value))}.`,
  );
}
