/** Lists names for a message: `a, b, c and 4 more`. */
export function nameList(names: readonly string[], most = 3): string {
  if (names.length <= most + 1) return new Intl.ListFormat('en-GB', { type: 'conjunction' }).format(names);
  return `${names.slice(0, most).join(', ')} and ${names.length - most} more`;
}

/** Begins a sentence about live deployments: `The deployments a and b were deployed from`. */
export function deployedFrom(names: readonly string[]): string {
  return names.length > 1 ? `The deployments ${nameList(names)} were deployed from` : `The deployment ${nameList(names)} was deployed from`;
}
