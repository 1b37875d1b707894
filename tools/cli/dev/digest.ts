import { stripVTControlCharacters } from 'node:util';

/**
 * Shortens the output of `tributary deploy` to warnings, what was created, updated, deleted or moved, and the tally. If the deploy failed, leaves out
 * only the engine and what is unchanged.
 */
export function digest(output: string, ok: boolean): string[] {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  if (!ok) {
    const kept = lines.filter((line) => !/^Deploying to |^\s*= /.test(line));
    // An integration whose deployments are all unchanged is only a name.
    return kept.filter((line, index) => !/^ints\/\S+$/.test(line) || kept[index + 1]?.startsWith(' '));
  }
  let isKept = false;
  return lines
    .filter((line) => {
      // A line with a deep indent belongs to the line above.
      if (!/^\s{4,}\S/.test(line)) isKept = /^\s*[-+~] |^warning: |^\d+ created, /.test(line);
      return isKept;
    })
    .map((line) => line.replace(/^ {2}/, ''));
}
