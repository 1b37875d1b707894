import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type Running, startCommand } from '../../tools/cli/test-support/command.ts';
import { createStage, type Stage } from '../../tools/cli/test-support/stage.ts';
import { createGitWorkspace, type GitWorkspace } from '../demo/git-workspace.ts';
import { gitIn } from '../support/git.ts';
import { createStops, type Stops } from '../support/stops.ts';
import { repository } from '../support/workspace.ts';

const secret = 'git-token';
const home = join(repository, '.tributary', 'dbt-packages');
const flow = `import { dbt } from '@tributary/dbt';
import { deployFactory, flow, secret } from '@tributary/flow';
export const transform = flow({ name: 'transform' }, async () => {
  const shop = dbt({ projectDir: '.', env: { DBT_ENV_SECRET_GIT: await secret('${secret}') } });
  const { nodes } = await shop.build();
  return nodes.map(({ name, status }) => name + ' ' + status);
});
export const shop = deployFactory({ name: 'shop', flow: transform });
`;
const files = ({ url }: GitWorkspace) => ({
  'ints/shop/deployments.ts': flow,
  'ints/shop/dbt_project.yml': 'name: shop\nprofile: shop\n',
  'ints/shop/profiles.yml': `shop: {target: dev, outputs: {dev: {type: duckdb, path: "{{ env_var('TRIBUTARY_DATA_DIR') }}/shop.duckdb"}}}\n`,
  'ints/shop/packages.yml': `packages: [{git: "${url.replace('://', "://x-access-token:{{ env_var('DBT_ENV_SECRET_GIT') }}@").replace('data.git', 'utils.git')}", revision: main}]\n`,
  'ints/shop/models/fruits.sql': 'select {{ utils.fruit() }} as name',
});

/** Makes the repository of a dbt package, beside that of the workspace. */
function pushPackage(): void {
  const [folder, origin] = [join(home, 'utils'), join(home, 'git', 'origin', 'acme', 'utils.git')];
  write(folder, { 'dbt_project.yml': 'name: utils\n', 'macros/fruit.sql': "{% macro fruit() %}'plum'{% endmacro %}" });
  const git = (...args: readonly string[]) => gitIn(folder, ...args);
  git('init', '-q', '--bare', '-b', 'main', origin);
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'Begin');
  git('push', '-q', origin, 'main');
}

function write(folder: string, texts: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** npm installs the framework of the commit. dbt is the workspace's own, found on PATH. */
describe('a dbt project with packages in fetched code', { timeout: 240_000 }, () => {
  let stops: Stops;
  let on: Stage;
  let workspace: GitWorkspace;
  const start = (args: readonly string[], input = ''): Running => {
    const PATH = [join(repository, '.venv', 'bin'), process.env['PATH']].join(delimiter);
    const env = { TRIBUTARY_API_URL: on.url, ...workspace.environment, PATH };
    return startCommand(args, { cwd: workspace.root, input, env });
  };
  const done = async (args: readonly string[], input = ''): Promise<string> => {
    const { code, stdout, stderr } = await start(args, input).ended;
    if (code !== 0) throw new Error(`${args.join(' ')} ended with exit code ${code}:\n${stdout}${stderr}`);
    return stdout;
  };
  beforeAll(async () => {
    stops = createStops();
    on = await stops.add(createStage(), (started) => started.close());
    workspace = await createGitWorkspace(join(home, 'git'), secret, stops);
    pushPackage();
    rmSync(join(workspace.root, 'requirements.txt'));
    for (const entry of readdirSync(join(workspace.root, 'ints'), { withFileTypes: true }).filter((one) => one.isDirectory()))
      rmSync(join(workspace.root, 'ints', entry.name), { recursive: true });
    write(workspace.root, files(workspace));
    await done(['secret', 'set', secret], workspace.token);
    await workspace.push('Begin');
    await done(['deploy']);
    rmSync(join(workspace.root, 'ints', 'shop'), { recursive: true });
  }, 240_000);
  afterAll(async () => {
    await stops.all();
    rmSync(home, { recursive: true, force: true });
  });

  it('gets them in each run, from one installation, and the code stays as it was fetched', async () => {
    const worker = start(['worker', 'start']);
    await stops.add(worker, async () => {
      worker.kill('SIGTERM');
      await worker.ended;
    });
    for (const run of [1, 2]) {
      const output = await done(['deployment', 'run', 'transform/shop', '--watch']);
      expect(output).toMatch(/✓ model fruits/);
      expect(output.includes("the packages of the project were installed before, so dbt deps isn't needed")).toBe(run === 2);
    }
    const runs = join(workspace.root, '.tributary', 'dbt-runs');
    expect(readdirSync(join(runs, 'projects'))).toEqual([]);
    const left = readdirSync(runs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(left.some(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8').includes(workspace.token))).toBe(false);
    expect(existsSync(join(workspace.root, '.tributary', 'data', 'shop.duckdb'))).toBe(true);
    expect(await done(['code', 'verify'])).toMatch(/\b0 damaged, 0 without a record\.$/m);
  });
});
