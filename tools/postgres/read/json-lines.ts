import { TributaryError } from '@tributary/contract/error';
import { readJson } from '@tributary/contract/json';

/** The longest line, in characters. A longer one is probably a file without line breaks. */
const longestLine = 50_000_000;

/**
 * Reads JSON lines: one value a line. Integers keep their digits.
 * @returns the values of each chunk
 * @throws `postgres` for a line that isn't JSON, with its number but without its text
 */
export async function* jsonLines(chunks: AsyncIterable<Uint8Array>, table: string): AsyncGenerator<readonly unknown[], void> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 0;
  let rest = '';
  const refuse = (what: string): TributaryError =>
    new TributaryError('postgres', `Nothing was loaded into ${table}: line ${line + 1} ${what}. Each line must be one JSON object.`, {
      facts: { table, line: line + 1 },
    });
  const decode = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw refuse("or one of the next lines isn't UTF-8");
    }
  };
  const read = (text: string): unknown => {
    try {
      const value = readJson(text);
      line += 1;
      return value;
    } catch {
      throw refuse(text.trim() === '' ? 'is empty' : "isn't JSON");
    }
  };
  for await (const chunk of chunks) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw refuse(`is longer than ${longestLine.toLocaleString('en')} characters`);
    yield lines.map(read);
  }
  rest += decode();
  if (rest.trim() !== '') yield [read(rest)];
}
