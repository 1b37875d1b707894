/** The known name that was probably meant, ignoring case. @returns undefined if no name is near */
export function nearest(wanted: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  const limit = Math.max(2, Math.min(3, Math.ceil(wanted.length / 2)), Math.floor(wanted.length * 0.4));
  let least = limit + 1;
  for (const name of known) {
    // A client may send a name of 60,000 characters. A much shorter name can't be near it, so the slow comparison is skipped.
    if (wanted.length - name.length > limit) continue;
    const distance = distanceTo(wanted.toLowerCase(), name.toLowerCase(), limit + 0.5);
    if (distance < least) [best, least] = [name, distance];
  }
  return best;
}

/**
 * The number of edits from the wanted name to the other name. A wanted name without a slash is also compared with the part of the other
 * name after its slash, and the smaller number counts.
 * @param part the largest result if the other name contains the wanted name, as `collisionStrategy` contains `collision`
 */
function distanceTo(wanted: string, name: string, part: number): number {
  const whole = edits(wanted, name);
  const last = name.slice(name.lastIndexOf('/') + 1);
  const distance = wanted.includes('/') ? whole : Math.min(whole, edits(wanted, last));
  return wanted.length >= 3 && name.includes(wanted) ? Math.min(distance, part) : distance;
}

/** The Levenshtein distance: the number of letters to insert, delete or replace. */
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
