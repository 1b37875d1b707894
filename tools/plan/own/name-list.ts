/** Lists names for a message: `a, b, c and 4 more`. */
export function nameList(names: readonly string[], most = 3): string {
  if (names.length <= most + 1) return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}
