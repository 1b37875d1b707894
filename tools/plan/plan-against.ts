import { type IntegrationPlan, type Plan, planVersion, unknownFacts } from '@tributary/contract/nouns/plan';
import { identifyWorkspace, type Workspace } from '@tributary/flow/engine';

import { type Commit, findCommit } from './against/find-commit.ts';
import { findNewer } from './against/find-newer.ts';
import { listAsLive } from './against/list-as-live.ts';
import type { LoadedAtCommit } from './against/load-commit.ts';
import { type Base, beginBase } from './against/read-base.ts';
import { type Code, openCode } from './closure/open-code.ts';
import { findCodeProblems } from './findings/find-code-problems.ts';
import { missingParameters } from './findings/missing-parameters.ts';
import { refreshRegistries, runsInCI } from './findings/refresh-registries.ts';
import { byPlace } from './load/by-place.ts';
import { findIntegrations } from './load/find-integrations.ts';
import type { Loaded } from './load/loaded.ts';
import { loadProjects } from './load/load-projects.ts';
import { placeFinding } from './load/place-finding.ts';
import type { Project } from './load/project.ts';
import { refuse } from './load/refuse.ts';
import { blameStrays, collectStrays } from './load/stray-error.ts';
import { ownProjects } from './own/own-projects.ts';
import { describeProject } from './plan/describe-deployment.ts';
import { askedOf, namesOf } from './plan/deploy-command.ts';
import { planProjects } from './plan/plan-projects.ts';
import { defaultPolicy, type Policy } from './plan/policy.ts';
import { tallyOf } from './plan/tally.ts';
import { withoutRefused } from './plan/without-refused.ts';
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
  const present = new Set(findIntegrations(root).map((project) => project.root));
  const [{ base: reading }, newer] = await Promise.all([
    beginBase(commit, { root, code, present, env, envFiles }),
    findNewer(commit, { root, code, names: namesOf(projects, { everything: policy.everything ?? false }) }),
  ]);
  const loaded = blameStrays(await loadProjects(projects, root), takeStrays());
  const base = await reading;
  const known = await refreshRegistries(loaded, { root, isCI: runsInCI(env) });
  const before = [...known, ...(await findCodeProblems(code, loaded))];
  const owned = await compare(refuse(loaded, before), { base, commit, workspace, code, root, policy });
  const placed = await Promise.all(missingParameters(loaded.filter(({ error }) => error === undefined)).map(placeFinding));
  const problems = [...loaded.flatMap(({ error }) => error ?? []), ...placed].toSorted(byPlace);
  const findings = [...new Set([...newer, ...base.findings, ...before, ...problems, ...owned.findings])];
  const integrations = withoutRefused(owned.projects, findings).map(describeProject).map(withoutEngine);
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

interface Sides {
  readonly base: Base;
  readonly commit: Commit;
  readonly workspace: Workspace;
  /** the code of the work tree */
  readonly code: Code;
  readonly root: string;
  readonly policy: NonNullable<AgainstJob['policy']>;
}

/** Compares the integrations of the work tree with those of the commit. */
async function compare(loaded: readonly Loaded[], { base, commit, workspace, code, root, policy }: Sides): ReturnType<typeof ownProjects> {
  const live = await listAsLive(base, { loaded, commit: commit.commit, workspace: workspace.id });
  const comparable = loaded.filter(({ project }) => !isBroken(base.changed.get(project.root)));
  // Nobody has changed the commit's deployments, so each difference comes from the code. Where it is stored is a matter of a deploy.
  const compared = await planProjects(comparable, { live, code, workspace: workspace.id, reset: ['all'], storage: folderStorage(code) });
  const own = { ...defaultPolicy, ...policy };
  return ownProjects(compared, {
    loaded,
    live,
    workspace,
    policy: { ...own, allowOlder: true },
    asked: askedOf(loaded, own),
    deletes: true,
    deploys: false,
    client: { countFlowRuns: async () => ({ data: 0, status: 200, headers: {} }) },
    code,
    root,
  });
}

function isBroken(loaded: LoadedAtCommit | undefined): boolean {
  return loaded !== undefined && 'fault' in loaded;
}

/** Leaves out what only an engine could tell. */
function withoutEngine({ deployments, ...integration }: IntegrationPlan): IntegrationPlan {
  const plain = deployments.map((deployment) => {
    const changes = deployment.changes.map((change) => ({ ...change, reason: 'code' as const }));
    return { ...deployment, changes, kept: [], whole: [], seen: null };
  });
  return { ...integration, deployments: plain };
}
