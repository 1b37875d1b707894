import { cutBytes, mostBytes } from './cut.ts';

/**
 * Writes compiled SQL as a block of Markdown. SQL of more than 64 kB is cut, and its last line says so.
 * @param sql without secrets, because half of a secret can't be hidden
 */
export function sqlBlock(sql: string): string {
  const text = sql.trim();
  const start = cutBytes(text);
  const note = start === text ? '' : `\n-- cut: ${kilobytes(mostBytes)} of ${kilobytes(Buffer.byteLength(text))} are shown`;
  // A fence is longer than any run of backticks in the SQL, such as the quotes of BigQuery's names.
  const longest = Math.max(2, ...[...start.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}sql\n${start}${note}\n${fence}\n`;
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} kB`;
}
