import { TributaryError } from '@tributary/contract/error';

const pattern = /^[a-z][a-z0-9]*([_-][a-z0-9]+)*$/;

/**
 * Checks a name that becomes a folder, a file or a flow's name.
 * @param what the noun in the message, such as `an integration`
 */
export function checkName(what: string, name: string, example: string): void {
  if (pattern.test(name)) return;
  const close = name
    .trim()
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^[_0-9]+|_+$/g, '');
  throw new TributaryError(
    'misuse',
    `"${name}" can't be the name of ${what}: use lower-case letters, digits and single underscores or dashes, beginning with a letter, for example ${close || example}.`,
  );
}

/** Turns `my_api` into the identifier `myApi`. */
export function camelCase(name: string): string {
  return name.replace(/[_-]+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
