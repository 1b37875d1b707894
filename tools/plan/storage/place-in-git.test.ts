import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { DesiredDeployment } from '@tributary/flow/deploy';
import { describe, expect, it } from 'vitest';

import { upsert } from '../test-support/example-upsert.ts';
import { type CommitPlace, placeInGit } from './place-in-git.ts';
import type { ToStore } from './storage.ts';

const [old, head] = ['a', 'b'].map((digit) => digit.repeat(40));
const place: CommitPlace = { repository: 'https://github.com/acme/data.git', commit: head ?? '', token: 'github' };

/** A deployment of `ints/shop` whose code has this hash. */
function wanted(hash: string, files: readonly string[] = ['ints/shop/deployments.ts'], version: string | null = null): ToStore {
  const desired: DesiredDeployment = {
    name: 'load/shop',
    flowName: 'load',
    source: { file: '/data/ints/shop/deployments.ts', exportName: 'shop' },
    result: null,
    inputs: [],
    keepLive: [],
    request: { name: 'shop', version, entrypoint: 'deployments.ts:load', path: 'ints/shop' },
  };
  return {
    project: { name: 'ints-shop', root: 'ints/shop' },
    desired,
    closure: { hash, parts: new Map(), files: new Set(files), calls: [], findings: [] },
  };
}

/** The deployment as a deploy of the code `same` at the old commit left it. */
function live(changes: Partial<CommitPlace> = {}, labels: object = {}): Deployment {
  const { fields } = placeInGit({ ...place, commit: old ?? '', ...changes }, wanted('same'), undefined);
  return upsert({ name: 'shop', ...fields, labels: { 'tributary.closure': 'same', 'tributary.commit': old ?? '', ...labels } });
}

describe('the commit of a deployment', () => {
  it.each<[what: string, to: ToStore, live: Deployment | undefined, commit: string | undefined]>([
    ['of HEAD without a live deployment', wanted('same'), undefined, head],
    ['live as long as the code is the same', wanted('same'), live(), old],
    ['live if the repository is written in another way', wanted('same'), live({ repository: 'https://github.com/acme/data' }), old],
    ['of HEAD for other code', wanted('other'), live(), head],
    ['of HEAD for other folders', wanted('same', ['ints/shared/a.ts']), live(), head],
    ['of HEAD for another repository', wanted('same'), live({ repository: 'https://github.com/acme/more.git' }), head],
    ['of HEAD for another token', wanted('same'), live({ token: undefined }), head],
    ['of HEAD if somebody changed the step', wanted('same'), live({ commit: 'c'.repeat(40) }), head],
    [
      'of HEAD if the code was in a folder',
      wanted('same'),
      { ...live(), pull_steps: [{ 'tributary.local_folder': { root: '/data' } }] },
      head,
    ],
    ['of HEAD if the last deploy left no hash of the code', wanted('same'), live({}, { 'tributary.closure': 'unknown' }), head],
  ])('is the one %s', (_, to, before, commit) => {
    const stored = placeInGit(place, to, before);
    expect([stored.commit, stored.fields.version, stored.isNew]).toEqual([commit, commit, commit === head]);
    expect(stored.fields.pull_steps).toMatchObject([{ 'prefect.deployments.steps.git_clone': { commit_sha: commit } }]);
  });

  it('is its version, unless the code sets one', () => {
    expect(placeInGit(place, wanted('same', [], '2'), undefined).fields.version).toBe('2');
  });
});
