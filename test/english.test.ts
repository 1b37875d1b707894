import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

import { checkedFolders, exceptions, leftOut, oddPhrases } from './english.ts';

const root = resolve(import.meta.dirname, '..');
const texts = '{ts,mjs,md,json,sql,yaml,yml,template,example}';

const files = checkedFolders
  .flatMap((path) => (/\.\w+$/.test(path) ? [path] : globSync(`${path}/**/*.${texts}`, { cwd: root, exclude: isGenerated })))
  .filter((file) => !leftOut.includes(file))
  .toSorted();
const found = files.flatMap((file) => oddPhrases(readFileSync(join(root, file), 'utf8')).map((phrase) => ({ file, ...phrase })));

function isGenerated(path: string): boolean {
  return /node_modules|\.gen\.ts$|\.venv/.test(path);
}

describe('plain English', () => {
  it('reads the texts it judges', () => {
    expect(files.length).toBeGreaterThan(400);
  });

  it('has no odd phrase outside of the meant exceptions', () => {
    const odd = found.filter(({ file, name }) => !exceptions.some((meant) => meant.file === file && meant.name === name));
    expect(odd.map(({ file, line, name, instead }) => `${file}:${line} "${name}": write ${instead}`)).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const idle = exceptions.filter((meant) => !found.some(({ file, name }) => meant.file === file && meant.name === name));
    expect(idle).toEqual([]);
  });
});

describe('the search for odd phrases', () => {
  const names = (text: string) => oddPhrases(text).map(({ name }) => name);

  it.each([
    ['"x" is no deployment', ['is no']],
    ['/**\n * What this is\n * no name for.\n */', ['is no']],
    ['// 4 unless\n// told', ['unless told', 'told']],
    ['Whoever waits, waits in vain.', ['in vain', 'whoever']],
    ['the server is told; Errors: none', ['told', 'Errors:']],
    ['the books, hereabouts', ['books', 'hereabouts']],
  ])('finds those of %j', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it.each([
    'There is no server.',
    'when there\n * is no server',
    'The run is no longer ours, which is no more than a hint.',
    'states are told apart',
    "import { runBooks } from './run-books.ts'",
    'leases-are-told-while-they-are-held',
    'const errors: string[] = []; toldAt',
  ])('leaves %j alone', (text) => {
    expect(names(text)).toEqual([]);
  });

  it('says in which line a phrase begins', () => {
    expect(oddPhrases('a\n// in\n// vain\n')).toMatchObject([{ name: 'in vain', line: 2 }]);
  });
});
