import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { identifyWorkspace } from './workspace-id.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-id-'));
});
afterAll(() => rm(root, { recursive: true }));

const identify = async (tributary: object, env: Readonly<Record<string, string>> = {}) => {
  await writeFile(join(root, 'nx.json'), JSON.stringify({ tributary }));
  return identifyWorkspace({ url: 'http://127.0.0.1:1/api', kind: 'prefect' }, root, env);
};

it.each(['data', 'acme/data', 'acme-1/data_2.x', 'a'.repeat(100)])('a workspace may be called %s', async (workspace) => {
  expect(await identify({ workspace })).toMatchObject({ id: workspace });
});

it.each([
  ['', /a workspace's id consists of/],
  ['Acme', /a workspace's id consists of/],
  ['acme/data/more', /at most one "\/"/],
  ['/data', /acme\/data/],
  ['acme data', /a workspace's id consists of/],
  ['a'.repeat(101), /at most 100 characters/],
  ['local', /"local" stands for workspaces without an id/],
])('a workspace may not be called "%s"', async (workspace, message) => {
  await expect(identify({ workspace })).rejects.toMatchObject({ code: 'misuse', message: expect.stringMatching(message) });
  await expect(identify({ workspace })).rejects.toThrow(/nx\.json: tributary\.workspace: /);
});

it('a workspace without an id may not use a Prefect server, and reads the line to add', async () => {
  await expect(identify({})).rejects.toMatchObject({
    code: 'misuse',
    message: expect.stringContaining('"tributary": {"workspace": "acme/data"}'),
  });
});

it('the environment may give an id for a throwaway engine, by the same rules', async () => {
  expect(await identify({ workspace: 'acme/data' }, { TRIBUTARY_WORKSPACE: 'acme/demo' })).toMatchObject({ id: 'acme/demo' });
  await expect(identify({}, { TRIBUTARY_WORKSPACE: 'Acme' })).rejects.toMatchObject({
    code: 'misuse',
    message: expect.stringMatching(/^TRIBUTARY_WORKSPACE: a workspace's id consists of/),
  });
});
