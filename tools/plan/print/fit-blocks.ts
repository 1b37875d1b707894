/** Rows of Markdown that belong together, such as the rows of a table. */
export interface Block {
  readonly open: string;
  readonly rows: readonly string[];
  readonly close: string;
  /** what a row is: `finding` */
  readonly noun: string;
}

/**
 * Joins blocks to a text of at most `limit` characters. If the text would be longer, the last rows of a block are left out, and a note at the
 * end says how many.
 */
export function fitBlocks(head: string, blocks: readonly Block[], limit: number): string {
  const longestNote = note(blocks.map(({ noun, rows }) => ({ noun, count: rows.length }))).length;
  let left = limit - head.length - longestNote;
  const missing: Missing[] = [];
  const texts = [head];
  for (const { open, rows, close, noun } of blocks) {
    if (rows.length === 0) continue;
    const frame = open.length + close.length + 4;
    let size = frame;
    const fitting = rows.findIndex((row) => (size += row.length + 1) > left);
    const kept = fitting === -1 ? rows : rows.slice(0, fitting);
    if (kept.length < rows.length) missing.push({ noun, count: rows.length - kept.length });
    if (kept.length === 0) continue;
    const text = [open, ...kept, close].filter((line) => line !== '').join('\n');
    texts.push(text);
    left -= text.length + 2;
  }
  return `${texts.join('\n\n')}${missing.length === 0 ? '' : note(missing)}\n`;
}

/** Prints a number with its noun: `1 finding`, `2 findings`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

interface Missing {
  readonly noun: string;
  readonly count: number;
}

function note(missing: readonly Missing[]): string {
  const counts = missing.map(({ noun, count }) => counted(count, noun)).join(', ');
  return `\n\nThis text is cut, because it would be too long for GitHub. Missing here: ${counts}. The command with \`--json\` prints everything.`;
}
