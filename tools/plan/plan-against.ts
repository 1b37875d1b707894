import type { Finding, Plan } from '@tributary/contract/nouns/plan';
import { planVersion, unknownFacts } from '@tributary/contract/nouns/plan';
import { shellWord } from '@tributary/contract/shell-word';
import { identifyWorkspace } from '@tributary/flow/engine';

import { type Commit, findCommit } from './against/find-commit.ts';
import { newerCommit } from './against/findings.ts';
import type { LoadedAtCommit } from './against/load-commit.ts';
import { listStored } from './against/list-stored.ts';
import { beginBase } from './against/read-base.ts';
import { isShallow, placeCommits } from './closure/history.ts';
import { type Code, openCode } from './closure/open-code.ts';
import { findCodeProblems } from './findings/find-code-problems.ts';
import { missingParameters } from './findings/missing-parameters.ts';
import { refreshRegistries, runsInCI } from './findings/refresh-registries.ts';
import { byPlace } from './load/by-place.ts';
import { findIntegrations } from './load/find-integrations.ts';
import { loadProjects } from './load/load-projects.ts';
import { placeFinding } from './load/place-finding.ts';
import type { Project } from './load/project.ts';
import { refuse } from './load/refuse.ts';
import { blameStrays, collectStrays } from './load/stray-error.ts';
import { ownProjects } from './own/own-projects.ts';
import { describeDeployment } from './plan/describe-deployment.ts';
import { planProjects } from './plan/plan-projects.ts';
import { defaultPolicy, type Policy } from './plan/policy.ts';
import { stops, tallyOf } from './plan/tally.ts';
import { engineLine } from './print/engine-line.ts';
import { folderStorage } from './storage/storage.ts';

/** A comparison of the work tree with a commit. */
export interface AgainstJob {
  /** the commit as the user names it: a branch, a tag, a hash, `HEAD~1` */
  readonly against: string;
  readonly projects: readonly Project[];
  /** the workspace's root */
  readonly root: string;
  readonly policy?: Partial<Pick<Policy, 'everything' | 'allowDeletes'>>;
  /** @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv;
  /** files with variables that the environment has, such as `.env`; the commit's code gets those of the commit. The first file with a variable decides @default none */
  readonly envFiles?: readonly string[];
  /** gets the lines that users see before the plan */
  readonly announce: (line: string) => void;
}

/**
 * Compares the deployments that the work tree declares with those that a commit declares. No engine is asked. The commit's deployments count as
 * live, as if they had been deployed and nobody had changed them since.
 * @returns the plan, which can't be applied, and a function after which unhandled errors of imported code end the process again
 * @throws `misuse` if this clone has no such commit, `unsupported` if the commit's framework can't say what its integrations declare
 */
export async function planAgainst(job: AgainstJob): Promise<{ readonly plan: Plan; readonly stop: () => void }> {
  const strays = collectStrays(job.root, job.announce);
  try {
    return { plan: await planWith(job, strays.take), stop: strays.stop };
  } catch (error) {
    strays.stop();
    throw error;
  }
}

async function planWith(job: AgainstJob, takeStrays: ReturnType<typeof collectStrays>['take']): Promise<Plan> {
  const { against, projects, root, policy = {}, env = process.env, envFiles = [], announce } = job;
  const commit = await findCommit(root, against);
  const engine = { kind: 'commit', ...commit, unknown: [...unknownFacts] } satisfies Plan['engine'];
  announce(engineLine('plan', engine));
  const workspace = await identifyWorkspace({ kind: 'embedded', url: '' }, root, env);
  const code = await openCode(root);
  const kept = new Set(findIntegrations(root).map((project) => project.root));
  const [{ base: reading }, newer] = await Promise.all([
    beginBase(commit, { root, code, kept, env, envFiles }),
    findNewer(root, code, commit),
  ]);
  const loaded = blameStrays(await loadProjects(projects, root), takeStrays());
  const base = await reading;
  const known = await refreshRegistries(loaded, { root, isCI: runsInCI(env) });
  const before = [...known, ...(await findCodeProblems(code, loaded))];
  const allowed = refuse(loaded, before);

  const live = await listStored(base, { loaded, commit: commit.commit, workspace: workspace.id });
  const comparable = allowed.filter(({ project }) => !isBroken(base.changed.get(project.root)));
  // Nobody has changed the commit's deployments, so each difference comes from the code. Where it is stored is a matter of a deploy.
  const compared = await planProjects(comparable, { live, code, workspace: workspace.id, reset: ['all'], storage: folderStorage(code) });
  const owned = await ownProjects(compared, {
    loaded: allowed,
    live,
    workspace,
    policy: { ...defaultPolicy, ...policy, allowOlder: true },
    deletes: true,
    client: { countFlowRuns: async () => ({ data: 0, status: 200, headers: {} }) },
    code,
    root,
  });
  const placed = await Promise.all(missingParameters(loaded.filter(({ error }) => error === undefined)).map(placeFinding));
  const problems = [...loaded.flatMap(({ error }) => error ?? []), ...placed].toSorted(byPlace);
  const findings = [...new Set([...newer, ...base.findings, ...before, ...problems, ...owned.findings])];
  const isRefused = (name: string): boolean => findings.some((finding) => finding.integration !== null && stops(finding, name));
  const integrations = owned.projects.map(({ project, removed, deployments }) => ({
    ...project,
    removed,
    deployments: isRefused(project.name) ? [] : deployments.map(describeDeployment).map(withoutEngine),
  }));
  return {
    version: planVersion,
    engine,
    workspace: workspace.id,
    integrations,
    creates: { pools: [], queues: [] },
    findings,
    others: [],
    tally: tallyOf(integrations, findings),
  };
}

function isBroken(loaded: LoadedAtCommit | undefined): boolean {
  return loaded !== undefined && 'fault' in loaded;
}

/** Leaves out what only an engine could tell. */
function withoutEngine(deployment: ReturnType<typeof describeDeployment>): ReturnType<typeof describeDeployment> {
  const changes = deployment.changes.map((change) => ({ ...change, reason: 'code' as const }));
  return { ...deployment, changes, kept: [], whole: [], seen: null };
}

async function findNewer(root: string, code: Code, commit: Commit): Promise<Finding[]> {
  const head = await code.head();
  const standing = head === undefined ? undefined : (await placeCommits(root, head, [commit.commit])).get(commit.commit);
  // A shallow clone lacks the history that would tell.
  if (standing === undefined || standing === 'before' || (await isShallow(root))) return [];
  return [newerCommit(commit, `npx tributary plan --against "$(git merge-base HEAD ${shellWord(commit.name)})"`)];
}
