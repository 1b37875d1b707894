import { isAbsolute, relative, resolve } from 'node:path';

import type { RunInfo } from './run-info.ts';

/** What Node, Python and shells say of a file that may not be written. */
const refused = /\b(?:EACCES|EROFS|EPERM)\b|permission denied|read-only file system/i;
/** Node and Python name the file after that, as in `open 'out.csv'`. */
const after = /'([^'\n]+)'|"([^"\n]+)"|(?<=\s)(\/[^\s'":]+)/g;
/** Other programs name it before, as in `touch: cannot touch 'out.csv': Permission denied`. */
const before = /'([^'\n]+)': $|"([^"\n]+)": $|(?<=\s)(\/[^\s'":]+): $/g;

/**
 * Explains a failure because of a write into fetched code, whose files are read-only. Root may write there, so such a run doesn't fail:
 * `tributary code verify` then names the files that it added.
 * @param message the failure
 * @param integration the path of the integration's folder below the code
 * @returns a sentence to append to the message; an empty text for another failure
 */
export function readOnlyHint(message: string, { code, cwd }: Pick<RunInfo, 'code' | 'cwd'>, integration: string): string {
  const found = code === null ? null : refused.exec(message);
  if (!found) return '';
  const root = integration !== '' && cwd.endsWith(`/${integration}`) ? cwd.slice(0, -integration.length - 1) : cwd;
  const [line = ''] = message.slice(found.index).split('\n');
  const named = [...line.matchAll(after), ...message.slice(0, found.index).matchAll(before)];
  const isOurs = named.some(([, single, double, plain]) => isWithin(root, resolve(cwd, single ?? double ?? plain ?? '')));
  return isOurs ? `${/[.!?]$/.test(message) ? '' : '.'} The code's folder is read-only: write below run().dataDir.` : '';
}

function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return !way.startsWith('..') && !isAbsolute(way);
}
