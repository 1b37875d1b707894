import { TributaryError } from '@tributary/contract/error';

const [lineFeed, carriageReturn] = [0x0a, 0x0d];
const isLineEnd = (byte: number | undefined) => byte === lineFeed || byte === carriageReturn;

/** How many bytes of a mark may stand in front of a chunk, and how many of it behind: `\n\.\r\n` and one more byte. */
const overlap = 5;

/**
 * Passes on a CSV file, but refuses a line `\.` with further lines after it. Up to version 17, Postgres takes that line for the end of the
 * file, and drops the rest without an error.
 */
export async function* refuseEndMarks(chunks: AsyncIterable<Uint8Array>, table: string): AsyncGenerator<Uint8Array, void> {
  let last: Uint8Array = Buffer.from([lineFeed]);
  for await (const chunk of chunks) {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const seam = Buffer.concat([last, bytes.subarray(0, overlap)]);
    if (hasEndMark(seam) || hasEndMark(bytes))
      throw new TributaryError(
        'postgres',
        `Nothing was loaded into ${table}: a line of the file is \\. and has further lines after it. Postgres takes that line for the end of the file, and would drop the others. Remove the line.`,
        { facts: { table } },
      );
    last = (bytes.length < overlap ? seam : bytes).subarray(-overlap);
    yield chunk;
  }
}

function hasEndMark(bytes: Buffer): boolean {
  for (let at = bytes.indexOf('\\.', 1); at !== -1; at = bytes.indexOf('\\.', at + 1)) {
    if (!isLineEnd(bytes[at - 1]) || !isLineEnd(bytes[at + 2])) continue;
    const next = at + (bytes[at + 2] === carriageReturn && bytes[at + 3] === lineFeed ? 4 : 3);
    if (next < bytes.length) return true;
  }
  return false;
}
