/** The folders and files that are checked: all texts of the repository. */
export const checkedFolders = ['README.md', 'docs', 'ints', 'setup.mjs', 'test', 'tools'];

/** Files that aren't checked, because they have to contain the phrases. */
export const leftOut = ['test/english.ts', 'test/english.test.ts'];

interface Pattern {
  readonly name: string;
  readonly pattern: RegExp;
  /** what to write in its place */
  readonly instead: string;
}

/** The gap between two words of a text: spaces, or a line break with the marks that begin a line of a comment. */
const gap = String.raw`(?:[ \t]+|[ \t]*\n[ \t]*(?:\*|//)?[ \t]*)`;

function phrase(text: string, flags = 'gi'): RegExp {
  return new RegExp(text.replaceAll(' ', gap), flags);
}

/** Phrases that a reader has to read twice. A name such as `run-books` or `told-apart` isn't a phrase: the word must stand alone. */
const patterns: readonly Pattern[] = [
  // "There is no server" and "is no longer" are usual English; "x is no name" isn't.
  { name: 'is no', pattern: phrase(String.raw`(?<!\bthere )\bis no (?!longer\b|more\b)`), instead: '"isn\'t a" or "unknown"' },
  { name: 'unless told', pattern: phrase(String.raw`\bunless told\b`), instead: '@default' },
  { name: 'in vain', pattern: phrase(String.raw`\bin vain\b`), instead: '"timed out"' },
  { name: 'whoever', pattern: phrase(String.raw`\bwhoever\b`), instead: 'the noun: caller, reader, worker' },
  // "Told apart" is usual English.
  { name: 'told', pattern: phrase(String.raw`(?<![\w-])told(?![\w-]| apart\b)`), instead: '"reported", "sent" or "read"' },
  { name: 'books', pattern: phrase(String.raw`(?<![\w-])books(?![\w-])`), instead: '"record"' },
  { name: 'hereabouts', pattern: phrase(String.raw`\bhereabouts\b`), instead: '"around here"' },
  { name: 'Errors:', pattern: phrase(String.raw`\bErrors:`, 'g'), instead: '@throws' },
];

/** The exceptions: a file may keep the phrase `name`, for the given reason. */
export const exceptions: readonly { readonly file: string; readonly name: string; readonly reason: string }[] = [
  { file: 'tools/server/store/database/migrations/001-start.sql', name: 'books', reason: 'A landed migration never changes.' },
];

/** Finds the odd phrases of a text. @returns each phrase with its line and what to write in its place */
export function oddPhrases(text: string): { readonly name: string; readonly line: number; readonly instead: string }[] {
  return patterns.flatMap(({ name, pattern, instead }) =>
    [...text.matchAll(pattern)].map(({ index }) => ({ name, line: text.slice(0, index).split('\n').length, instead })),
  );
}
