import { setImmediate } from 'node:timers/promises';

import { identifyWorkspace, resolveEngine } from '@tributary/flow/engine';

import { openCode } from './closure/open-code.ts';
import { refreshRegistries, runsInCI } from './findings/refresh-registries.ts';
import { loadProjects } from './load/load-projects.ts';
import type { Project } from './load/project.ts';
import { blameStrays, collectStrays } from './load/stray-error.ts';
import type { EngineOptions } from './on-engine.ts';
import { beginReading } from './own/begin-reading.ts';
import { type Planned, planLoaded } from './plan-loaded.ts';
import type { Policy } from './plan/policy.ts';
import { chooseStorage } from './storage/choose-storage.ts';
import { engineLine, type Verb } from './print/engine-line.ts';

export interface Job {
  readonly verb: Verb;
  readonly projects: readonly Project[];
  /** the workspace's root */
  readonly root: string;
  readonly options: EngineOptions;
  /** what the user allows and asks for @default see {@link Policy} */
  readonly policy?: Partial<Policy>;
  /** @default the environment of the process */
  readonly env?: NodeJS.ProcessEnv;
  /** gets the lines that users see before anything happens */
  readonly announce: (line: string) => void;
}

/** A plan of integrations whose code was imported for it. */
export interface PlannedWorkspace extends Planned {
  /** stops collecting unhandled errors of imported code, which then end the process again */
  readonly stop: () => void;
}

/**
 * Plans integrations. Nothing is written on the engine. On a workstation, stale registries are written anew.
 * @throws when no engine is chosen or it doesn't answer, and `misuse` for another server than the workspace's own if the workspace has no id
 */
export async function planWorkspace(job: Job): Promise<PlannedWorkspace> {
  // Imported code may still fail after the plan.
  const strays = collectStrays(job.root, job.announce);
  try {
    return { ...(await planWith(job, strays.take)), stop: strays.stop };
  } catch (error) {
    strays.stop();
    throw error;
  }
}

async function planWith(job: Job, takeStrays: ReturnType<typeof collectStrays>['take']): Promise<Planned> {
  const { verb, projects, root, options, policy = {}, env = process.env, announce } = job;
  // git lists the files meanwhile.
  const opening = openCode(root);
  // If it fails before the `await`, or no engine is chosen, its error must not be an unhandled one.
  opening.catch(() => undefined);
  const engine = await resolveEngine({ access: verb === 'deploy' ? 'write' : 'read', cwd: root, env, ...options });
  if (engine.note) announce(engine.note);
  announce(engineLine(verb, engine));
  const workspace = await identifyWorkspace(engine, root, env);
  const reading = beginReading(engine, { all: policy.listOthers ?? false, deletes: true });
  // The engine reads its deployments while user code is imported. Both take long, and imports keep this process from sending anything.
  await setImmediate();
  const [imported, code] = await Promise.all([loadProjects(projects, root), opening]);
  const loaded = blameStrays(imported, takeStrays());
  const [known, storage] = await Promise.all([
    refreshRegistries(loaded, { root, isCI: runsInCI(env) }),
    chooseStorage({ root, code, engine, env, kind: policy.storage ?? null, options, deploys: verb === 'deploy', announce }),
  ]);
  return planLoaded(loaded, {
    engine,
    workspace,
    reading,
    root,
    code,
    storage,
    known,
    announce,
    policy,
    options,
    deploys: verb === 'deploy',
  });
}
