import { createWriteStream, statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export const table = 'bench.orders';
export const columns = { id: 'integer', user_id: 'integer', order_date: 'date', status: 'text', amount: 'numeric(10,2)' } as const;

/** Writes a CSV file. @returns its size in bytes */
export async function writeCsv(file: string, megabytes: number): Promise<number> {
  await pipeline(Readable.from(lines(megabytes * 1e6)), createWriteStream(file));
  return statSync(file).size;
}

function* lines(bytes: number): Generator<string> {
  yield `${Object.keys(columns).join(',')}\n`;
  let id = 0;
  for (let written = 0; written < bytes;) {
    let text = '';
    for (const end = id + 1000; id < end; id += 1)
      text += `${id},${id % 9973},2024-0${1 + (id % 9)}-1${id % 10},"returned, then paid",${(id % 100_000) / 100}\n`;
    written += text.length;
    yield text;
  }
}
