import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { install, type Installation } from '../support/installation.ts';
import { repository } from '../support/workspace.ts';

const folder = 'ints/dummyjson_products';
const files = ['deployments.ts', 'flows/api.ts', 'flows/fetch-page.ts', 'flows/write-lines.ts'].map((file) => `${folder}/${file}`);

/** The tests beside the flow cover each kind of bad answer. These tests show what a user sees if a run gets a bad answer. */
describe('a run of the export on an API that answers', () => {
  let on: Installation;
  let api: Server;
  let body: string;
  let url: string;

  beforeAll(async () => {
    api = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1');
    await once(api, 'listening');
    url = `http://127.0.0.1:${z.object({ port: z.int() }).parse(api.address()).port}`;
    on = await install(Object.fromEntries(files.map((file) => [file, readFileSync(join(repository, file), 'utf8')])));
    await on.deploy('dummyjson_products');
    await on.startWorker('one');
  });
  afterAll(async () => {
    api.close();
    await on.close();
  });

  it.each([
    ['an HTML page', '<html>Maintenance</html>', /answered no content type instead of JSON: <html>Maintenance<\/html>/],
    ['an empty list', '{"products":[],"total":0,"skip":0,"limit":0}', /has no products: its list is empty, so nothing was written/],
  ])('%s fails, says so, fires nothing, and exits with 1', async (_, answer, sentence) => {
    body = answer;
    const run = ['deployment', 'run', 'export/dummyjson_products', '--param', `baseUrl=${url}`, '--watch'];
    const { code, stdout, stderr } = await on.command(run).ended;
    expect([code, stderr]).toEqual([1, '']);
    // Said by the task or the flow in which it happened, and not again by the lines after it.
    expect(stdout.match(new RegExp(sentence.source, 'g'))).toHaveLength(1);
    expect(stdout).toMatch(/^\S+ {2}export\/\S+ {2}Failed {2}/m);
    expect(stdout).not.toContain('child run');
    const [, id = ''] = /^Flow run \S+ \((\S+)\)/.exec(stdout) ?? [];
    expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
      new RegExp(`^Flow run \\S+ is Failed\\. .*: npx tributary flow-run inspect ${id}$`),
    );
    expect((await on.command(['flow-run', 'inspect', id]).ended).stdout).toMatch(new RegExp(`^WHY\\n {2}.*${sentence.source}`, 'm'));
  });
});
