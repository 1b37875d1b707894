/** Where in a file a COPY failed. */
export interface CopyPlace {
  readonly line?: number;
  readonly column?: string;
}

/**
 * Reads line and column from the context of Postgres' error, `COPY orders, line 3, column id: "x"`, and leaves out the row's text. The words
 * may be those of another language.
 * @param relation the table that was copied to, without its schema
 */
export function copyPlace(context: string, relation: string, columns: readonly string[]): CopyPlace {
  const begin = `COPY ${relation}, `;
  for (const text of context.split('\n')) {
    const [, line, rest = ''] = text.startsWith(begin) ? (/^\S+ (\d+)(?:, \S+ (.*))?/.exec(text.slice(begin.length)) ?? []) : [];
    if (line === undefined) continue;
    // A name may contain another name.
    const column = columns.toSorted((one, other) => other.length - one.length).find((name) => rest === name || rest.startsWith(`${name}:`));
    return { line: Number(line), ...(column === undefined ? {} : { column }) };
  }
  return {};
}
