import type { Deployment } from '@tributary/contract/nouns/deployment';
import { labelNames } from '@tributary/contract/nouns/label';
import type { Finding } from '@tributary/contract/nouns/plan';
import { once } from '@tributary/contract/once';
import { shortHash } from '@tributary/contract/short-hash';
import { type DesiredDeployment, lineOf } from '@tributary/flow/deploy';

import { commitsOf, isShallow, placeCommits, type Standing } from '../closure/history.ts';
import type { Code } from '../closure/open-code.ts';
import { fewAtOnce } from '../few-at-once.ts';
import type { Project } from '../load/project.ts';
import { groupFindings } from './group-findings.ts';
import { deployedFrom } from './name-list.ts';

/** A live deployment that a deploy updates or deletes. */
export interface Overwritten {
  readonly project: Project;
  readonly name: string;
  readonly live: Deployment;
  /** undefined for a deletion */
  readonly desired?: DesiredDeployment;
  /** the deployment's option `inputs`; for a deletion, all that it may have had */
  readonly inputs: readonly (readonly string[])[];
}

interface Given {
  readonly code: Code;
  readonly root: string;
}

/** How many commits are searched for the live code, among those that changed files of a deployment's code. */
const mostCommits = 200;

/**
 * Refuses to overwrite deployments whose live code is newer than this one, or that this one's history doesn't contain. Code that was live at any
 * commit of this history may be overwritten, even if its own commit is unknown: branches are squashed and rebased. git runs only if the live
 * code differs and was deployed from another commit.
 */
export async function findOlderCode(overwritten: readonly Overwritten[], { code, root }: Given): Promise<Finding[]> {
  const head = await code.head();
  const [suspects, commits] = [new Map<Overwritten, string>(), new Set<string>()];
  for (const one of overwritten) {
    const commit = one.live.labels?.[labelNames.commit];
    if (typeof commit !== 'string' || commit === head || (one.desired && (await isLiveCode(code, one)))) continue;
    suspects.set(one, commit);
    commits.add(commit);
  }
  if (suspects.size === 0) return [];
  const standings = await standingsOf(commits, { code, root, head });
  const history = once(
    (one: { readonly folder: string; readonly inputs: readonly string[] }) => historyOf(one, { code, root, head }),
    JSON.stringify,
  );
  const refused = await fewAtOnce([...suspects], async ([one, commit]) => {
    const standing = standings.get(commit) ?? ('unknown' as const);
    const isFine = standing === 'before' || (standing !== 'after' && (await wasHere(one, code, history)));
    return isFine ? [] : [{ one, commit, standing }];
  });
  const all = refused.flat();
  if (all.length === 0) return [];
  const clone = { head, shallow: await isShallow(root) };
  return groupFindings(
    all,
    ({ commit, standing }) => [commit, standing],
    (first, names) => toFinding(first, names, clone),
  );
}

/** @returns nothing about commits that this clone lacks */
async function standingsOf(
  commits: ReadonlySet<string>,
  { code, root, head }: Given & { readonly head: string | undefined },
): Promise<ReadonlyMap<string, Standing>> {
  // The plan has read most of these commits already, to say what changed since.
  const known = await Promise.all([...commits].map(async (commit) => (commit.length >= 40 && (await code.at(commit)) ? [commit] : [])));
  return head === undefined ? new Map() : placeCommits(root, head, known.flat());
}

type History = (one: { readonly folder: string; readonly inputs: readonly string[] }) => Promise<readonly string[]>;

/** Lists the commits that may have changed the code of an integration, with the newest first. */
async function historyOf(
  { folder, inputs }: Parameters<History>[0],
  { code, root, head }: Given & { readonly head: string | undefined },
): Promise<string[]> {
  if (head === undefined) return [];
  const { parts } = await code.closure(folder, inputs);
  return commitsOf(root, head, [folder, 'package-lock.json', ...parts.keys()], mostCommits);
}

/** Whether the live code of a deployment was its code at a commit of this history. */
async function wasHere({ project, live, inputs }: Overwritten, code: Code, history: History): Promise<boolean> {
  const closure = live.labels?.[labelNames.closure];
  for (const some of inputs) {
    for (const commit of await history({ folder: project.root, inputs: some })) {
      const then = await code.inPassing(commit);
      if (then && (await then.closure(project.root, some)).hash === closure) return true;
    }
  }
  return false;
}

async function isLiveCode(code: Code, { project, live, inputs: [own = []] }: Overwritten): Promise<boolean> {
  return (await code.closure(project.root, own)).hash === live.labels?.[labelNames.closure];
}

async function toFinding(
  { one, commit, standing }: { readonly one: Overwritten; readonly commit: string; readonly standing: Standing | 'unknown' },
  names: readonly string[],
  { head, shallow }: { readonly head: string | undefined; readonly shallow: boolean },
): Promise<Finding> {
  const live = `${deployedFrom(names)} commit ${shortHash(commit)}`;
  const here = head === undefined ? 'this folder has no commit' : `this clone is at ${shortHash(head)}`;
  const { reason, command } = explain(standing, shallow);
  return {
    code: 'older_code',
    severity: 'error',
    message: `${live}, and ${here}, ${reason}, or deploy with \`--allow-older\`.`,
    file: `${one.project.root}/deployments.ts`,
    line: one.desired ? await lineOf(one.desired.source) : null,
    integration: one.project.name,
    command,
  };
}

/** Says why code counts as older, and what to do, as the end of a sentence. */
function explain(standing: Standing | 'unknown', shallow: boolean): { readonly reason: string; readonly command: string | null } {
  const run = (why: string, command: string) => ({ reason: `${why}. Run \`${command}\``, command });
  if (standing === 'after') return run('which is older: a deploy would set back newer code', 'git pull');
  if (shallow) return run('whose history is too short to tell which of them is older', 'git fetch --unshallow');
  if (standing === 'unknown') return run('which knows neither that commit nor the same code, so it may be older', 'git pull');
  return {
    reason: 'whose history has neither that commit nor the same code: a deploy could set back changes of others. Merge that commit',
    command: null,
  };
}
