import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { refuseEndMarks } from './refuse-end-marks.ts';

/** Passes a text on in chunks of the given size. */
async function pass(text: string, size: number): Promise<string> {
  const bytes = Buffer.from(text);
  const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
  return Buffer.concat(await Readable.from(refuseEndMarks(Readable.from(chunks), 'shop.people')).toArray()).toString();
}

const sizes = [1, 2, 3, 4, 5, 6, 7, 100];

describe('refuseEndMarks', () => {
  it.each(['id\n\\.\n1\n', 'id\r\n\\.\r\n1\r\n', '\\.\n1', 'id\n1\n\\.\n2\n3\n'])('refuses %j, however it is cut', async (text) => {
    for (const size of sizes) await expect(pass(text, size)).rejects.toThrow('a line of the file is \\. and has further lines');
  });

  it.each(['id\n\\.', 'id\n\\.\n', 'id\r\n\\.\r\n', 'id\n\\.x\n1\n', 'id\nx\\.\n1\n', 'C:\\.\\..\n1\n', ''])(
    'passes on %j, however it is cut',
    async (text) => {
      for (const size of sizes) expect(await pass(text, size)).toBe(text);
    },
  );
});
