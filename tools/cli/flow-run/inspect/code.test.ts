import { expect, it } from 'vitest';

import { codeOf, codeText, commitUrl } from './code.ts';

const commit = '1a2b3c4d5e6f7a8b9c0d1a2b3c4d5e6f7a8b9c0d';
const tree = 'f'.repeat(40);

it.each([
  ['https://github.com/acme/data.git', `https://github.com/acme/data/commit/${commit}`],
  ['https://github.com/acme/data', `https://github.com/acme/data/commit/${commit}`],
  ['https://github.com/acme/data.git/', `https://github.com/acme/data/commit/${commit}`],
  ['https://github.com/acme/my.data.git', `https://github.com/acme/my.data/commit/${commit}`],
  ['https://git.acme.example:8443/acme/data.git', `https://git.acme.example:8443/acme/data/commit/${commit}`],
  ['https://name@github.com/acme/data.git', `https://github.com/acme/data/commit/${commit}`],
  ['http://127.0.0.1:8080/acme/data.git', null],
  ['https://dev.azure.com/acme/data/_git/data', null],
  ['https://acme.visualstudio.com/_git/data', null],
  ['https://bitbucket.org/acme/data.git', null],
  ['https://git.example/data.git', null],
  ['git@github.com:acme/data.git', null],
])('the link to a commit of %s is %s', (repository, url) => {
  expect(commitUrl({ repository, commit })).toBe(url);
});

it("a commit that isn't one has no link", () => {
  expect(commitUrl({ repository: 'https://github.com/acme/data', commit: '../../../evil' })).toBeNull();
});

it('the code of a run is read from its labels, and named with its commit, repository and tree', () => {
  const labels = {
    'tributary.code.repository': 'https://git.example/data.git',
    'tributary.code.commit': commit,
    'tributary.code.tree': tree,
  };
  const code = codeOf({ ...labels, 'tributary.worker': 'w1' });
  expect(code).toEqual({ repository: 'https://git.example/data.git', commit, tree, url: null });
  expect(code && codeText(code)).toBe('commit 1a2b3c4d5e6f of https://git.example/data.git (tree ffffffffffff)');
});

const emptied = { 'tributary.code.repository': '', 'tributary.code.commit': '', 'tributary.code.tree': '' };
it.each([[null], [{}], [{ 'tributary.worker': 'w1' }], [{ 'tributary.code.commit': commit }], [emptied]])(
  'labels %j name no code',
  (labels) => {
    expect(codeOf(labels)).toBeNull();
  },
);
