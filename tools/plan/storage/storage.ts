import type { Deployment } from '@tributary/contract/nouns/deployment';
import type { Finding } from '@tributary/contract/nouns/plan';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Closure, Code } from '../closure/open-code.ts';
import type { SharedFinding } from '../closure/part.ts';
import type { Project } from '../load/project.ts';

/** A deployment whose code is stored. */
export interface ToStore {
  readonly project: Project;
  readonly desired: DesiredDeployment;
  readonly closure: Closure;
}

/** Where workers get the code of a deployment. */
export interface Stored {
  /** the fields of the request that say it */
  readonly fields: Pick<DesiredDeployment['request'], 'pull_steps' | 'version'>;
  /** the commit that the deployment is applied from; undefined without git */
  readonly commit: string | undefined;
  /** whether workers have to get code that isn't live yet, so that it has to be checked */
  readonly isNew: boolean;
}

/** Stores the code of deployments, so that workers can get it. */
export interface Storage {
  /** why nothing can be stored: the error of each integration; null if it can */
  readonly problem: SharedFinding | null;
  /** Says where workers get the code of a deployment. @param live the deployments on the engine, by their names */
  place(one: ToStore, live: ReadonlyMap<string, Deployment>): Promise<Stored>;
  /** Finds what keeps workers from getting the code of these deployments, which isn't live yet. */
  findProblems(deployments: readonly ToStore[]): Promise<Finding[]>;
}

/** Stores code in the folder that it is deployed from, for workers that read it there. */
export function folderStorage(code: Pick<Code, 'head'>, problem: SharedFinding | null = null): Storage {
  return {
    problem,
    place: async ({ desired: { request } }) => ({
      fields: { pull_steps: request.pull_steps, version: request.version },
      commit: await code.head(),
      isNew: false,
    }),
    findProblems: async () => [],
  };
}
