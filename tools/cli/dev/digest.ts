import { stripVTControlCharacters } from 'node:util';

/** Lines of nx about itself, not about a deployment. */
const framing =
  /^\s*>|^\s*NX\b|^\s*(✔|✖|—|-|–|─)+\s|^\s*(nx run|Ran target|Successfully ran|Running target|Failed tasks|Hint:|With additional flags|Cancelled while)|^─+$|^\s*[✔✖]\s|^\s*- ints-/;

/** Shortens a deployment's output to what was created, updated or failed, and the tally. A failed deployment's output stays whole. */
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
