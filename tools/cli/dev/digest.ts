import { stripVTControlCharacters } from 'node:util';

/** What nx says of itself rather than of a deployment. */
const framing =
  /^\s*>|^\s*NX\b|^\s*(✔|✖|—|-|–|─)+\s|^\s*(nx run|Ran target|Successfully ran|Running target|Failed tasks|Hint:|With additional flags|Cancelled while)|^─+$|^\s*[✔✖]\s|^\s*- ints-/;

/** The few lines of a deployment's output that are news: what was created, updated or failed, and the tally; all of it when it failed. */
export function digest(output: string, ok: boolean): string[] {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '' && !framing.test(line));
  if (!ok) return [...new Set(lines)];
  let inUpdate = false;
  return lines.filter((line) => {
    if (/^\s{4,}\S/.test(line)) return inUpdate;
    inUpdate = line.startsWith('~');
    return /^[+~!] |^\d+ created, /.test(line);
  });
}
