const stars = '********';
const values = new Set<string>();
let pattern: RegExp | null = null;

/** From now on {@link masked} hides this value, also as it looks inside JSON or a URL, and each long line of it. */
export function hideSecret(value: string): void {
  const lines = value.split(/\r?\n/).filter((line) => line.trim().length >= 8);
  for (const text of [value, value.trim(), ...lines]) {
    if (text.trim() === '') continue;
    values.add(text).add(JSON.stringify(text).slice(1, -1)).add(encodeURIComponent(text));
  }
  // The longest first: a secret may contain another.
  const alternatives = [...values].toSorted((a, b) => b.length - a.length).map((text) => RegExp.escape(text));
  pattern = alternatives.length > 0 ? new RegExp(alternatives.join('|'), 'g') : null;
}

/** The text without the value of any secret that this process has read. */
export function masked(text: string): string {
  return pattern ? text.replace(pattern, stars) : text;
}

/** Whether a text holds a secret for certain: short values turn up by chance. */
export function holdsSecret(text: string): boolean {
  return values.size > 0 && [...values].some((value) => value.length >= 8 && text.includes(value));
}
