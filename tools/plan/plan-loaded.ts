import type { Client } from '@tributary/contract/client';
import { type Finding, type Plan, planVersion } from '@tributary/contract/nouns/plan';
import type { Engine, Workspace } from '@tributary/flow/engine';

import type { Code } from './closure/open-code.ts';
import { findCodeProblems } from './findings/find-code-problems.ts';
import { findProblems } from './findings/find-problems.ts';
import { unknownDeployments } from './findings/unknown-deployments.ts';
import { neededPools } from './findings/work-pools.ts';
import type { Loaded } from './load/loaded.ts';
import { refuse } from './load/refuse.ts';
import { unusedResets } from './merge/reset.ts';
import { beginReading, type Reading } from './own/begin-reading.ts';
import type { EngineOptions } from './on-engine.ts';
import { ownProjects } from './own/own-projects.ts';
import { askedOf } from './plan/deploy-command.ts';
import { describeProject } from './plan/describe-deployment.ts';
import { planProjects } from './plan/plan-projects.ts';
import type { PlannedProject, WhyOlder } from './plan/planned.ts';
import { defaultPolicy, type Policy } from './plan/policy.ts';
import { readRelevant } from './own/read-relevant.ts';
import { tallyOf } from './plan/tally.ts';
import { withoutRefused } from './plan/without-refused.ts';
import type { PlanRoutes } from './routes.ts';
import type { Storage } from './storage/storage.ts';

/** A plan, and what is needed to apply it. */
export interface Planned {
  readonly plan: Plan;
  /** the integrations of the plan, with the requests that a deploy sends */
  readonly projects: readonly PlannedProject[];
  readonly client: Client<PlanRoutes>;
  /** how many deployments to send at once */
  readonly width: number;
  /** what the engine can do beyond Prefect's protocol */
  readonly features: readonly string[];
  /** gets the lines that users see while the plan is made or applied */
  readonly announce: (line: string) => void;
  readonly whyOlder: WhyOlder;
}

interface Given {
  readonly engine: Engine;
  readonly workspace: Workspace;
  readonly root: string;
  readonly code: Code;
  /** the reading of the same engine, if it began before the code was loaded @default it begins now */
  readonly reading?: Reading;
  readonly storage: Storage;
  /** findings that are known already */
  readonly known?: readonly Finding[];
  /** @default see {@link Policy} */
  readonly policy?: Partial<Policy>;
  /** which engine the user chose, for the commands that findings name @default none */
  readonly options?: EngineOptions;
  /**
   * whether these are whole integrations, so that what they no longer declare is deleted
   * @default true
   */
  readonly deletes?: boolean;
  /**
   * whether the plan is applied next. Otherwise it is only shown
   * @default true
   */
  readonly deploys?: boolean;
  /** gets the lines that users see while the plan is made or applied @default nothing is shown */
  readonly announce?: (line: string) => void;
}

/** Plans integrations that are loaded. Nothing is written on the engine. */
export async function planLoaded(loaded: readonly Loaded[], given: Given): Promise<Planned> {
  const { engine, workspace, root, code, storage, known = [], deletes = true, deploys = true, announce = () => undefined } = given;
  const policy = { ...defaultPolicy, ...given.policy };
  const asked = askedOf(loaded, policy, given.options);
  const begun = given.reading ?? beginReading(engine, { all: policy.listOthers, deletes });
  const { client, width } = begun;
  const reading = readRelevant(begun, loaded, policy.listOthers);
  // If it fails before the `await`, its error must not be an unhandled one.
  reading.catch(() => undefined);
  const before = [...known, ...(await findCodeProblems(code, loaded)), ...storageProblems(storage, loaded)];
  const allowed = refuse(loaded, before);
  const own = async () => {
    const live = await reading;
    const compared = await planProjects(allowed, { live, code, workspace: workspace.id, reset: policy.reset, storage });
    return Promise.all([
      ownProjects(compared, { loaded: allowed, live, workspace, policy, asked, deletes, deploys, client, code, root }),
      storage.findProblems(compared.flatMap(({ puts }) => puts.flatMap(({ newCode }) => newCode ?? []))),
    ]);
  };
  const [[owned, unstored], problems] = await Promise.all([own(), findProblems({ loaded, client, live: reading, root })]);
  // A script plans one of the deployments that its workspace declares.
  const unknown = deletes ? await unknownDeployments(allowed, { planned: owned.projects, live: await reading, client, code, root }) : [];
  const refusing = [...new Set([...before, ...problems.findings, ...owned.findings, ...unknown])];
  const projects = withoutRefused(owned.projects, refusing);
  // Code that isn't pushed yet, or is older than what is live, isn't deployed, but its plan can be read.
  const findings = [...refusing, ...owned.guarded, ...unstored];
  const integrations = projects.map(describeProject);
  const changes = integrations.flatMap(({ deployments }) => deployments.flatMap((one) => one.changes));
  const resets = changes.flatMap(({ field, reason }) => (reason === 'reset' ? [field] : []));
  for (const name of unusedResets(policy.reset, resets)) announce(`Nothing to reset: no deployment keeps ${name}.`);
  const plan: Plan = {
    version: planVersion,
    engine: { url: engine.url, kind: engine.kind },
    workspace: workspace.id,
    integrations,
    creates: neededPools(problems.lacking, projects.flatMap(requestsOf)),
    findings,
    others: owned.others,
    ...(policy.storage === null ? {} : { storage: policy.storage }),
    ...(policy.reset.length > 0 ? { reset: [...policy.reset] } : {}),
    tally: tallyOf(integrations, findings),
  };
  return { plan, projects, client, width, features: engine.features, announce, whyOlder: owned.whyOlder };
}

/** Why no code can be stored, as an error of each integration. */
function storageProblems({ problem }: Storage, loaded: readonly Loaded[]): Finding[] {
  return problem ? loaded.map(({ project }) => ({ ...problem, integration: project.name })) : [];
}

function requestsOf({ deployments }: PlannedProject) {
  return deployments.flatMap((one) => (one.action === 'delete' ? [] : [one.merged.request]));
}
