/** The known name that is most like the wanted one, if any is close enough to be what somebody meant. */
export function nearest(wanted: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const distance = distanceTo(wanted.toLowerCase(), name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return bestDistance <= Math.max(2, wanted.length * 0.4) ? best : undefined;
}

/** A part of a name (`dummyjson_products` of `export/dummyjson_products`) counts as near; otherwise edits count. */
function distanceTo(wanted: string, name: string): number {
  if (wanted.length >= 3 && name.includes(wanted)) return 1;
  const whole = edits(wanted, name);
  const last = name.slice(name.lastIndexOf('/') + 1);
  return wanted.includes('/') ? whole : Math.min(whole, edits(wanted, last));
}

/** Levenshtein's distance: insertions, deletions and replacements of letters. */
function edits(left: string, right: string): number {
  let last = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const replaced = (last[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced));
    }
    last = current;
  }
  return last[right.length] ?? 0;
}
