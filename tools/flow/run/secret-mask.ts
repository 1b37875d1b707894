const stars = '********';
const values = new Set<string>();
let pattern: RegExp | null = null;

/** Makes {@link masked} hide this value, its form inside JSON or a URL, and each of its lines of 8 characters or more. */
export function hideSecret(value: string): void {
  const lines = value.split(/\r?\n/).filter((line) => line.trim().length >= 8);
  for (const text of [value, value.trim(), ...lines]) {
    if (text.trim() === '') continue;
    values.add(text).add(JSON.stringify(text).slice(1, -1)).add(encodeURIComponent(text));
  }
  // Longer texts come first in the pattern, because one secret may contain another.
  const alternatives = [...values].toSorted((a, b) => b.length - a.length).map((text) => RegExp.escape(text));
  pattern = alternatives.length > 0 ? new RegExp(alternatives.join('|'), 'g') : null;
}

/**
 * Hides secrets in a text. Call it before you cut a text, because half of a secret isn't found. Logs, messages, artifacts and results need
 * no other call.
 * @returns the text with asterisks in place of each secret that this process has read
 * @example
 * const start = masked(page).slice(0, 1000);
 */
export function masked(text: string): string {
  return pattern ? text.replace(pattern, stars) : text;
}

/** @returns whether the text contains a secret of 8 characters or more; a shorter one may be there by chance */
export function holdsSecret(text: string): boolean {
  return values.size > 0 && [...values].some((value) => value.length >= 8 && text.includes(value));
}
