import { expect, it } from 'vitest';

import { hasVersionOfCode, stepChanges } from './steps.ts';

const commit = '1a2b3c4d5e6f'.padEnd(40, '0');
const next = '9f8e7d6c5b4a'.padEnd(40, '0');
const url = 'https://github.com/acme/data.git';
const folder = (root: string) => [{ 'tributary.local_folder': { root } }];
const git = (changes: object = {}) => [
  { 'prefect.deployments.steps.git_clone': { repository: url, commit_sha: commit, directories: ['ints/shop'], ...changes } },
];

it.each<[what: string, live: readonly unknown[], code: readonly unknown[], changes: readonly string[]]>([
  ['nothing', git(), git(), []],
  ['another folder', folder('/a'), folder('/b'), ['folder: /a → /b']],
  ['git instead of a folder', folder('/a'), git(), [`storage: folder /a → commit 1a2b3c4d5e6f of ${url}`]],
  ['a folder instead of a branch', git({ commit_sha: null, branch: 'main' }), folder('/a'), [`storage: branch main of ${url} → folder /a`]],
  ['another commit', git(), git({ commit_sha: next }), ['commit: 1a2b3c4d5e6f → 9f8e7d6c5b4a']],
  ['a commit instead of a branch', git({ commit_sha: null, branch: 'main' }), git(), ['commit: branch main → 1a2b3c4d5e6f']],
  [
    'more folders and a token',
    git(),
    git({ directories: ['ints/shared', 'ints/shop'], access_token: '{{ prefect.blocks.secret.github }}' }),
    ['directories: ints/shop → ints/shared, ints/shop', 'token: null → github'],
  ],
  [
    'another repository',
    git(),
    git({ repository: 'https://ghe.acme.com/data.git' }),
    [`repository: ${url} → https://ghe.acme.com/data.git`],
  ],
  ['submodules no longer', git({ include_submodules: true }), git(), ['submodules: included → null']],
  ['what no word says', git({ id: 'clone' }), git(), ['pull_steps: ']],
  ['steps of others', [{ 'prefect.run': { script: 'x' } }], git(), ['pull_steps: ']],
])('says in words what changes: %s', (_, live, code, changes) => {
  const lines = stepChanges(live, code).map(({ field, from, to }) =>
    field === 'pull_steps' ? 'pull_steps: ' : `${field}: ${from} → ${to}`,
  );
  expect(lines).toEqual(changes);
});

it.each<[what: string, live: Parameters<typeof hasVersionOfCode>[0], code: Parameters<typeof hasVersionOfCode>[0], isOfCode: boolean]>([
  ['changes with the commit', { version: commit, pull_steps: git() }, { version: next, pull_steps: git({ commit_sha: next }) }, true],
  ['appears with the commit', { version: null, pull_steps: folder('/a') }, { version: commit, pull_steps: git() }, true],
  ['disappears with the commit', { version: commit, pull_steps: git() }, { version: null, pull_steps: folder('/a') }, true],
  ['was changed by hand', { version: 'x', pull_steps: git() }, { version: next, pull_steps: git({ commit_sha: next }) }, false],
  ['is set by the code', { version: commit, pull_steps: git() }, { version: '2', pull_steps: git({ commit_sha: next }) }, false],
  ['was removed by hand', { version: null, pull_steps: git() }, { version: commit, pull_steps: git() }, false],
])('knows whether a version is only the commit: it %s', (_, live, code, isOfCode) => {
  expect(hasVersionOfCode(live, code)).toBe(isOfCode);
});
