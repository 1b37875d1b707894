import { maximumLogLength } from '@tributary/contract/nouns/log';
import { expect, it } from 'vitest';

import { createLineCutter } from './lines.ts';

function cut(chunks: readonly Buffer[]): string[] {
  const lines: string[] = [];
  const cutter = createLineCutter((line) => lines.push(line));
  for (const chunk of chunks) cutter.write(chunk);
  cutter.end();
  return lines;
}

it('cuts lines wherever the chunks end, even in the middle of a character', () => {
  const bytes = Buffer.from('für\r\ndich\n\nund mich');
  for (let at = 0; at <= bytes.length; at += 1)
    expect(cut([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(['für', 'dich', '', 'und mich']);
});

it('cuts a line above the maximum length of a log', () => {
  const lines = cut([Buffer.alloc(maximumLogLength + 5, 'x')]);
  expect(lines.map(({ length }) => length)).toEqual([maximumLogLength, 5]);
});
