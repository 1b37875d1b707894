import { spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

const repository = resolve(import.meta.dirname, '..', '..', '..');

/** A workspace in a temporary folder with this repository's settings, framework and tools. */
export interface Workspace {
  readonly root: string;
  write(path: string, text: string): Promise<void>;
  /** runs a tool of node_modules/.bin @returns what it printed on both streams */
  run(tool: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<{ code: number | null; output: string }>;
  remove(): Promise<void>;
}

/** Creates a workspace with an id of its own. @param files texts by path, such as `ints/shop/deployments.ts` */
export async function createWorkspace(files: Readonly<Record<string, string>> = {}): Promise<Workspace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'tributary-nx-')));
  for (const name of ['nx.json', '.env', 'tsconfig.base.json', 'tsconfig.json', 'vitest.config.ts', '.oxfmtrc.json'])
    await cp(join(repository, name), join(root, name));
  const settings: unknown = JSON.parse(await readFile(join(root, 'nx.json'), 'utf8'));
  await writeFile(
    join(root, 'nx.json'),
    JSON.stringify(Object.assign({}, settings, { tributary: { workspace: basename(root).toLowerCase() } })),
  );
  await symlink(join(repository, 'node_modules'), join(root, 'node_modules'));
  const write = async (path: string, text: string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write(
    'package.json',
    JSON.stringify({ name: 'workspace', private: true, type: 'module', dependencies: { '@tributary/nx-plugin': '0.1.0' } }),
  );
  for (const [path, text] of Object.entries(files)) await write(path, text);
  return {
    root,
    write,
    run: (tool, args, env) => run(root, tool, args, env),
    remove: () => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  };
}

async function run(
  root: string,
  tool: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; output: string }> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NX_|TRIBUTARY_|PREFECT_|VITEST|CI$|NODE_OPTIONS$|FORCE_COLOR$|GIT_)/.test(name),
  );
  const child = spawn(join(repository, 'node_modules', '.bin', tool), args, {
    cwd: root,
    env: {
      ...Object.fromEntries(inherited),
      PATH: `${join(repository, 'node_modules', '.bin')}:${process.env['PATH']}`,
      FORCE_COLOR: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ code, output }));
  });
}

/** The text of a deployments.ts with one flow and one deployment. @param options options of deployFactory, as source text */
export function deploymentsText(flow: string, name: string, options = ''): string {
  return [
    "import { deployFactory, flow } from '@tributary/flow';",
    "import { z } from 'zod';",
    `export const theFlow = flow({ name: '${flow}', parameters: z.object({ limit: z.int().default(10) }) }, async ({ limit }) => limit);`,
    `export const theDeployment = deployFactory({ name: '${name}', flow: theFlow, ${options} });`,
    '',
  ].join('\n');
}
