import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Files of a commit by their paths; the others are those of the commit before. */
export type Files = Readonly<Record<string, string>>;

/** How many integrations the repository has, of how many files each. */
const [integrations, filesEach] = [500, 40];
/** How many commits there are before those that are measured, and how many files each changes. */
const [history, changedFiles] = [300, 12];
/** The integration that is needed. */
export const needed = 'ints/i0';

/**
 * Makes a bare repository of 20,000 files that barely compress, with a history.
 * @param path where
 * @param later what the commits after it change
 * @returns the last commit of the history, and the later ones
 */
export async function makeRepository(path: string, later: readonly Files[]): Promise<readonly string[]> {
  mkdirSync(dirname(path), { recursive: true });
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=main', path]);
  writeFileSync(join(path, 'config'), '[core]\n\tbare = true\n[uploadpack]\n\tallowFilter = true\n\tallowAnySHA1InWant = true\n');
  const before = Array.from({ length: history }, (_, at) => changeOf(at));
  const marks = join(path, 'marks');
  await run('git', ['-C', path, 'fast-import', '--quiet', `--export-marks=${marks}`], streamOf([firstFiles(), ...before, ...later]));
  // A server packs what was pushed.
  await run('git', ['-C', path, 'repack', '--quiet', '-a', '-d']);
  const commits = new Map(
    readFileSync(marks, 'utf8')
      .trim()
      .split('\n')
      .map((line) => [Number(line.split(' ')[0]?.slice(1)), line.split(' ')[1] ?? '']),
  );
  return Array.from({ length: later.length + 1 }, (_, at) => commits.get(history + 1 + at) ?? '');
}

/**
 * What one commit changes: twelve files.
 * @param at the number of the change
 * @param own how many of the files are in the needed integration; each of the others is in another one
 */
export function changeOf(at: number, own = 1): Files {
  const paths = Array.from({ length: changedFiles }, (_, index) =>
    index < own
      ? `${needed}/f${(at + index) % filesEach}.ts`
      : `ints/i${1 + ((at * 97 + index * 41) % (integrations - 1))}/f${at % filesEach}.ts`,
  );
  return Object.fromEntries(paths.map((path) => [path, contentOf(`change ${at} of ${path}`)]));
}

function firstFiles(): Files {
  const folders = Array.from({ length: integrations }, (_, folder) =>
    Array.from({ length: filesEach }, (__, file) => [`ints/i${folder}/f${file}.ts`, contentOf(`${folder} ${file}`)]),
  );
  return Object.fromEntries(folders.flat());
}

/** A text of about a kilobyte, the same for the same name. */
function contentOf(name: string): string {
  const parts = Array.from({ length: 14 }, (_, at) => createHash('sha512').update(`${name} ${at}`).digest('base64'));
  return `// ${name}\n${parts.map((part) => `// ${part}`).join('\n')}\n`;
}

function streamOf(commits: readonly Files[]): string {
  const dataOf = (text: string): string => `data ${Buffer.byteLength(text)}\n${text}\n`;
  return commits
    .map((files, at) => {
      const head = `commit refs/heads/main\nmark :${at + 1}\ncommitter bench <bench@example.org> ${1_700_000_000 + at * 60} +0000\n`;
      return `${head}${dataOf('bench')}${Object.entries(files)
        .map(([path, text]) => `M 100644 inline ${path}\n${dataOf(text)}`)
        .join('')}`;
    })
    .join('\n');
}

async function run(command: string, args: readonly string[], input = ''): Promise<void> {
  const child = spawn(command, args, { stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with exit code ${code}.`);
}
