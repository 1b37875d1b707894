/** The first record of a CSV file. */
export interface CsvHeader {
  readonly names: readonly string[];
  /** the bytes read so far, header included, without a byte order mark */
  readonly begin: Uint8Array;
}

/** The longest header, in bytes. A longer one is probably a file without line breaks. */
const longestHeader = 1_000_000;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Reads the first record of a CSV file.
 * @param delimiter one character
 * @returns undefined if the file is empty, or if its header is longer than 1 MB
 */
export async function readCsvHeader(chunks: AsyncIterator<Uint8Array>, delimiter: string): Promise<CsvHeader | undefined> {
  let begin = Buffer.alloc(0);
  while (begin.length <= longestHeader) {
    const { done, value } = await chunks.next();
    if (value) begin = Buffer.concat([begin, value]);
    if (!done && begin.length < byteOrderMark.length) continue;
    const bytes = begin.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? begin.subarray(byteOrderMark.length) : begin;
    const names = firstRecord(bytes.toString('utf8'), delimiter, done === true);
    if (names) return bytes.length === 0 ? undefined : { names, begin: bytes };
  }
  return undefined;
}

/** Reads the first record of a text. @param whole whether the text ends with the file @returns undefined if the record goes on after the text */
function firstRecord(text: string, delimiter: string, whole: boolean): string[] | undefined {
  const names: string[] = [];
  let name = '';
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charAt(at);
    if (mark === '"') {
      // Two quotes inside a quoted name stand for one.
      if (quoted && text.charAt(at + 1) === '"') {
        name += mark;
        at += 1;
      } else quoted = !quoted;
    } else if (quoted) name += mark;
    else if (mark === delimiter) {
      names.push(name);
      name = '';
    } else if (mark === '\n' || mark === '\r') return [...names, name];
    else name += mark;
  }
  return whole ? [...names, name] : undefined;
}
