import type { Client } from '@tributary/contract/client';
import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Finding, Plan } from '@tributary/contract/nouns/plan';
import type { DesiredDeployment } from '@tributary/flow/deploy';
import type { Workspace } from '@tributary/flow/engine';

import type { Code } from '../closure/open-code.ts';
import type { Loaded } from '../load/loaded.ts';
import { type Project, projectIn } from '../load/project.ts';
import type { Asked } from '../plan/deploy-command.ts';
import type { ComparedProject, PlannedProject, WhyOlder } from '../plan/planned.ts';
import type { Policy } from '../plan/policy.ts';
import type { LiveDeployments } from '../plan/read-live.ts';
import { claim, type Claimant } from './claim.ts';
import { claimProjects } from './claim-projects.ts';
import { findRemovals } from './find-removals.ts';
import { limitRemovals } from './limit-removals.ts';
import { listOthers } from './list-others.ts';
import { guardLive } from './guard-live.ts';
import { findOlderCode, type Overwritten } from './older-code.ts';
import type { Created } from './older-creates.ts';
import { idsOf, ownerOf, relationOf } from './owner.ts';
import { pairMoves } from './pair-moves.ts';
import { pairRenames } from './pair-renames.ts';
import { planDeletions } from './plan-deletions.ts';
import { listUndeclared, type Undeclared } from './undeclared.ts';
import type { PlanRoutes } from '../routes.ts';

interface Given {
  readonly loaded: readonly Loaded[];
  readonly live: LiveDeployments;
  readonly workspace: Workspace;
  readonly policy: Policy;
  readonly asked: Asked;
  /** whether what the projects no longer declare is deleted */
  readonly deletes: boolean;
  /** whether the plan is applied next, or only shown */
  readonly deploys: boolean;
  readonly client: Pick<Client<PlanRoutes>, 'countFlowRuns'>;
  readonly code: Code;
  readonly root: string;
}

/** What a deploy does with everything that a workspace owns. */
interface Owned {
  /** the compared projects, and after them the ones that are gone from the workspace */
  readonly projects: PlannedProject[];
  readonly findings: Finding[];
  /** what is wrong with deploying this clone's code over the live code. The plan shows the deployments all the same */
  readonly guarded: Finding[];
  readonly others: Plan['others'];
  readonly whyOlder: WhyOlder;
}

/** Finds out who owns each deployment, and so what may not be deployed, what is deleted, and what belongs to others. */
export async function ownProjects(compared: readonly ComparedProject[], given: Given): Promise<Owned> {
  const { loaded, live, workspace, policy, asked, deletes, deploys, client, code, root } = given;
  const ours = await idsOf(workspace, live.values());
  const claimant = { ours, takeOver: policy.takeOver };
  const claimed = await claimProjects(compared, { loaded, root, claimant, asked });
  const declared = new Set<string>(loaded.flatMap(({ deployments }) => deployments.map(({ name }) => name)));
  const undeclared = deletes ? listUndeclared(live, declared, ours) : [];
  const { removals, findings: kept } = await findRemovals(undeclared, { loaded, root, asked });
  const owned = ownedOf(live, ours);
  const limits = { owned: owned.length, asked };
  const removed = removals.map((one) => removalOf(one, loaded));
  const overwritten = [...claimed.projects.flatMap((one) => updatesOf(one, claimant)), ...removed];
  const written = { overwritten, created: claimed.projects.map(createsOf) };
  const guarded = policy.allowOlder ? [] : await guardLive(written, { owned, code, root, deploys });
  const byName = new Map([...claimed.projects.flatMap(putsOf), ...removed].map((one) => [one.name, one]));
  const deletions = await planDeletions(client, removals);
  const deletionsOf = (project: string) => deletions.filter((_, index) => removals[index]?.project === project);
  const known = new Set(claimed.projects.map(({ project }) => project.name));
  const gone = [...new Set(removals.flatMap((one) => (known.has(one.project) ? [] : [one.root])))].toSorted().map(projectIn);
  const projects: PlannedProject[] = [
    ...claimed.projects.map(({ project, puts }) => ({
      project,
      removed: false,
      deployments: [...pairRenames(puts, deletionsOf(project.name)), ...deletionsOf(project.name)],
    })),
    ...gone.map((project) => ({ project, removed: true, deployments: deletionsOf(project.name) })),
  ];
  return {
    projects: await pairMoves(projects, code),
    findings: [...claimed.findings, ...limitRemovals(removals, limits), ...kept],
    guarded,
    others: policy.listOthers ? listOthers(live, ours, takenBy(claimed.projects)) : [],
    async whyOlder(name, now) {
      const one = policy.allowOlder ? undefined : byName.get(name);
      return one && (await findOlderCode([{ ...one, live: now }], { code, root }))[0]?.message;
    },
  };
}

function ownedOf(live: LiveDeployments, ours: ReadonlySet<string>): Deployment[] {
  return [...live.values()].filter((row) => relationOf(ownerOf(row), ours) === 'ours');
}

function createsOf({ project, puts }: ComparedProject): Created {
  return { project, deployments: puts.flatMap(({ action, desired }) => (action === 'create' ? [desired] : [])) };
}

/** The deployments of a project that a deploy updates, or whose code it replaces. */
function updatesOf({ project, puts }: ComparedProject, claimant: Claimant): Overwritten[] {
  return puts.flatMap(({ desired, live, action, code }) =>
    live && (action === 'update' || code.changed) && claim(live, project.name, claimant).verdict !== 'refused'
      ? [{ ...putOf(project, desired), live }]
      : [],
  );
}

/** All deployments of a project, as another deploy may write them before this one does. */
function putsOf({ project, puts }: ComparedProject): Omit<Overwritten, 'live'>[] {
  return puts.map(({ desired }) => putOf(project, desired));
}

function putOf(project: Project, desired: DesiredDeployment): Omit<Overwritten, 'live'> {
  return { project, name: desired.name, desired, inputs: [desired.inputs] };
}

/** A deletion. The option `inputs` of a deployment is unknown once nothing declares it, so it may be any of those in its integration. */
function removalOf({ name, live, root }: Undeclared, loaded: readonly Loaded[]): Overwritten {
  const project = projectIn(root);
  const inputs = loaded.flatMap((one) => (one.project.root === root ? one.deployments.map((desired) => desired.inputs) : []));
  return { project, name, live, inputs: [[], ...inputs] };
}

function takenBy(projects: readonly ComparedProject[]): ReadonlySet<string> {
  return new Set(projects.flatMap(({ puts }) => puts.flatMap(({ desired, owner }) => (owner ? [desired.name] : []))));
}
