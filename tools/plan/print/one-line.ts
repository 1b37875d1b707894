import { stripVTControlCharacters } from 'node:util';

/**
 * Prints a text of user code or of an engine on one line, without escape sequences, which could repaint the terminal, and without signs that
 * turn the direction of writing, which could hide what a plan does.
 */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu, '')
    .trim();
}
