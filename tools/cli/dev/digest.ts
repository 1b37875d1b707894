import { stripVTControlCharacters } from 'node:util';

/** Matches the lines that nx prints about its own work, in contrast to lines about a deployment. */
const framing =
  /^\s*>|^\s*NX\b|^\s*(✔|✖|—|-|–|─)+\s|^\s*(nx run|Ran target|Successfully ran|Running target|Failed tasks|Hint:|With additional flags|Cancelled while)|^─+$|^\s*[✔✖]\s|^\s*- ints-/;

/**
 * Shortens nx's output to the tally and the deployments that were created, updated or failed. If nx failed, keeps all lines except those
 * about nx's own work.
 */
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
