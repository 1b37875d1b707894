import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it, onTestFinished } from 'vitest';

import { openStage, token } from '../../tools/code/test-support/stage.ts';
import { install } from '../support/installation.ts';
import { repository } from '../support/workspace.ts';

const jaffleShop = join(repository, 'test/support/jaffle_shop/repository');
const deployments = `import { deployFactory } from '@tributary/flow';
import { shop } from './flows/shop.ts';
export const deployment = deployFactory({ name: 'jaffles', flow: shop });
`;
const profiles = `jaffle_shop: {target: dev, outputs: {dev: {type: duckdb, path: "{{ env_var('TRIBUTARY_DATA_DIR') }}/shop.duckdb", settings: {threads: 1}}}}\n`;

/** The only example of a Markdown file that checks out a repository, as TypeScript. */
function exampleIn(path: string): string {
  const examples = [...readFileSync(join(repository, path), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text);
  const [found, ...others] = examples.filter((text) => text.includes('await checkout({'));
  if (found === undefined || others.length > 0) throw new Error(`${path} has ${found ? 'several examples' : 'no example'} of checkout.`);
  return found;
}

/** The models and seeds of the jaffle shop, by their paths. */
function projectFiles(): Record<string, string> {
  const entries = readdirSync(jaffleShop, { withFileTypes: true, recursive: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(jaffleShop.length + 1));
  const texts = paths.filter((path) => /\.(?:yml|sql|csv|md)$/.test(path));
  return Object.fromEntries(texts.map((path) => [path, readFileSync(join(jaffleShop, path), 'utf8')]));
}

it.each(['README.md', 'tools/flow/README.md'])(
  "the example of %s runs another team's dbt project from a private repository",
  { timeout: 120_000 },
  async (path) => {
    const git = await openStage(onTestFinished);
    await git.push(projectFiles());
    const url = 'https://github.com/acme/jaffle_shop';
    const example = exampleIn(path);
    expect(example.split(url)).toHaveLength(2);
    const files = {
      'ints/jaffles/deployments.ts': deployments,
      'ints/jaffles/profiles.yml': profiles,
      'ints/jaffles/flows/shop.ts': example.replace(url, git.url),
    };
    const on = await install(files, { TRIBUTARY_CODE_DIR: git.dir });
    onTestFinished(() => on.close());
    expect(await on.command(['secret', 'set', 'shop-token'], { input: token }).ended).toMatchObject({ code: 0 });
    await on.deploy('jaffles');
    await on.startWorker('w');
    const id = await on.trigger('shop/jaffles');
    expect((await on.ended(id, 90)).state).toMatchObject({ type: 'COMPLETED' });
    const shown = await on.command(['flow-run', 'inspect', id]).ended;
    expect(shown.stdout).toMatch(new RegExp(`Checkouts +${git.url} at `));
    expect(shown.stdout).toContain('stg_orders');
  },
);
