import type { Finding } from '@tributary/contract/nouns/plan';
import { type DesiredDeployment, lineOf } from '@tributary/flow/deploy';

import type { Project } from './project.ts';

/** A finding about a deployment, before its line is known. */
export interface UnplacedFinding extends Pick<Finding, 'code' | 'severity' | 'message'> {
  readonly project: Project;
  readonly deployment: DesiredDeployment;
}

/** Gives a finding the place of its deployment. */
export async function placeFinding({ project, deployment, ...finding }: UnplacedFinding): Promise<Finding> {
  return {
    ...finding,
    file: `${project.root}/deployments.ts`,
    line: await lineOf(deployment.source),
    integration: project.name,
    command: null,
  };
}
