import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openStore, type Store } from '@tributary/code';

import { removeFolder } from '../../tools/code/hold/remove-folder.ts';
import { type GitServer, startGitServer } from '../../tools/code/test-support/git-server.ts';
import { type Registry, sampleWorkspace, startRegistry } from '../../tools/code/test-support/sample-workspace.ts';
import { cleanEnvironment } from '../support/process.ts';
import type { Stops } from '../support/stops.ts';
import { cloneAsPrefect, fetchByHand, openByHand } from './code-by-hand.ts';
import { changeOf, type Files, makeRepository, needed } from './code-repository.ts';
import { median } from './statistics.ts';
import type { Row } from './table.ts';

/** What a piece of work cost. */
interface Cost {
  readonly milliseconds: number;
  /** what the git server sent */
  readonly megabytes: number;
  readonly requests: number;
}

interface Bench {
  readonly folder: string;
  readonly url: string;
  readonly server: GitServer;
  /** each has another version of one package */
  readonly registries: readonly Registry[];
  readonly samples: number;
  /** the commit before all others, and those after it, in the order of {@link laterCommits} */
  readonly commits: readonly string[];
}

/** Measures the store of code against Prefect's own git commands, and against the commands that anybody would run by hand. */
export async function measureCode(stops: Stops, samples: number): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-bench-code-'));
  await stops.add(folder, removeFolder);
  const registries = [await stops.add(startRegistry(), ({ close }) => close()), await stops.add(startRegistry(1), ({ close }) => close())];
  const commits = await makeRepository(join(folder, 'origin', 'acme', 'data.git'), laterCommits(registries, samples));
  const server = await stops.add(startGitServer(join(folder, 'origin')), ({ close }) => close());
  const bench = { folder, url: `${server.url}/acme/data.git`, server, registries, samples, commits };
  return [...(await compareClones(bench)), ...(await takeAtOnce(bench)), ...(await compareByHand(bench))];
}

/** A change; two versions of a framework and a package, each with a change; then a change for each sample. */
function laterCommits(registries: readonly Registry[], samples: number): Files[] {
  const changes = Array.from({ length: samples + 4 }, (_, at) => changeOf(1000 + at, 6));
  return changes.map((change, at) => {
    const registry = registries[at - 1];
    return registry ? { ...workspaceOf(registry, `0.${at}.0`), ...change } : change;
  });
}

function workspaceOf(registry: Registry, framework: string): Files {
  const files = Object.entries(sampleWorkspace({ registry, framework }));
  return Object.fromEntries(files.map(([path, content]) => [path, typeof content === 'string' ? content : JSON.stringify(content)]));
}

/** The first commit, the next one, and the same again: a new store for each sample, as Prefect clones anew for each run. */
async function compareClones(bench: Bench): Promise<Row[]> {
  const [first = '', next = ''] = bench.commits;
  const ours: { first: Cost; next: Cost; again: Cost }[] = [];
  const theirs: { first: Cost; next: Cost }[] = [];
  const clone = (commit: string): Promise<Cost> =>
    inFolder(bench, (folder) => costOf(bench, () => cloneAsPrefect(bench.url, commit, needed, folder)));
  for (let sample = 0; sample <= bench.samples; sample += 1) {
    await inTurn(
      sample,
      async () => theirs.push({ first: await clone(first), next: await clone(next) }),
      () =>
        inFolder(bench, async (folder) => {
          const store = openIn(folder);
          const take = (commit: string) => costOf(bench, () => takeFrom(store, bench, commit));
          ours.push({ first: await take(first), next: await take(next), again: await take(next) });
        }),
    );
  }
  // The first sample loads code, and fills the server's caches.
  const [own, others] = [ours.slice(1), theirs.slice(1)];
  const compared = (measure: string, unit: 'MB' | 'ms', value: (cost: Cost) => number, at: 'first' | 'next', most: number): Row => ({
    measure: `20,000 files, 40 needed: ${measure}`,
    value: median(own.map((costs) => value(costs[at]))),
    unit,
    floor: median(others.map((costs) => value(costs[at]))),
    promise: { most },
  });
  return [
    compared('first commit, sent', 'MB', ({ megabytes }) => megabytes, 'first', 0.6),
    compared('first commit', 'ms', ({ milliseconds }) => milliseconds, 'first', 1),
    compared('next commit, sent', 'MB', ({ megabytes }) => megabytes, 'next', 0.15),
    {
      measure: '20,000 files, 40 needed: the same again',
      value: Math.max(...own.map(({ again }) => again.requests)),
      unit: 'requests',
      promise: { most: 0 },
    },
  ];
}

/** Ten takes of a new commit with a new lockfile ask as often as one take of another such commit, and install once. */
async function takeAtOnce(bench: Bench): Promise<Row[]> {
  const [, next = '', one = '', ten = ''] = bench.commits;
  return inFolder(bench, async (folder) => {
    const store = openIn(folder);
    await takeFrom(store, bench, next);
    const single = await costOf(bench, () => takeFrom(store, bench, one));
    const many = await costOf(bench, () => Promise.all(Array.from({ length: 10 }, () => takeFrom(store, bench, ten))));
    const measure = 'ten takes of a new commit at once';
    return [
      { measure: `${measure}, against one`, value: many.requests, unit: 'requests', floor: single.requests, promise: { most: 1 } },
      { measure: `${measure}, of a package`, value: bench.registries[1]?.seen.length ?? 0, unit: 'requests', promise: { most: 1 } },
    ];
  });
}

/** A new commit whose framework and packages are there, and the same fetch and checkout by hand, in turn. */
async function compareByHand(bench: Bench): Promise<Row[]> {
  const [, , , known = '', ...commits] = bench.commits;
  return inFolder(bench, async (folder) => {
    const store = openIn(folder);
    await takeFrom(store, bench, known);
    await openByHand(bench.url, folder);
    await fetchByHand(known, needed, folder);
    const ours: number[] = [];
    const byHand: number[] = [];
    for (const [sample, commit] of commits.entries())
      await inTurn(
        sample,
        async () => byHand.push((await costOf(bench, () => fetchByHand(commit, needed, folder))).milliseconds),
        async () => ours.push((await costOf(bench, () => takeFrom(store, bench, commit))).milliseconds),
      );
    const measure = 'a new commit with known framework and packages';
    return [{ measure, value: median(ours.slice(1)), unit: 'ms', floor: median(byHand.slice(1)), promise: { most: 1.5 } }];
  });
}

/** Does both, and the other one first in the next sample: the first one fills the server's caches. */
async function inTurn(sample: number, one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<void> {
  for (const work of sample % 2 === 0 ? [one, other] : [other, one]) await work();
}

/** Opens a store with a cache of npm of its own. */
function openIn(folder: string): Store {
  return openStore({ dir: join(folder, 'store'), env: { ...cleanEnvironment(), npm_config_cache: join(folder, 'npm') } });
}

async function takeFrom(store: Store, { url }: Bench, commit: string): Promise<void> {
  const held = await store.take({ repository: url, commit, directories: [needed] });
  held.release();
  if (!existsSync(join(held.root, needed, 'f0.ts'))) throw new Error(`${held.root} lacks the files of ${needed}.`);
}

async function costOf({ server }: Bench, work: () => Promise<unknown>): Promise<Cost> {
  const [sent, requests, began] = [server.sent(), server.seen.length, performance.now()];
  await work();
  return {
    milliseconds: performance.now() - began,
    megabytes: (server.sent() - sent) / 1e6,
    requests: server.seen.length - requests,
  };
}

/** Does some work in a folder of its own, which is removed. */
async function inFolder<Result>({ folder }: Bench, work: (own: string) => Promise<Result>): Promise<Result> {
  const own = mkdtempSync(join(folder, 'sample-'));
  try {
    return await work(own);
  } finally {
    await removeFolder(own);
  }
}
