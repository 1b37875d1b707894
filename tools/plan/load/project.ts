import { projectName } from '@tributary/contract/project-name';

/** The file that makes a folder below `ints/` an integration. */
export const deploymentsPattern = 'ints/*/deployments.ts';

/** An integration as Nx knows it. */
export interface Project {
  /** `ints-<name>` */
  readonly name: string;
  /** `ints/<name>`, relative to the workspace */
  readonly root: string;
}

/** The integration in a folder. @param root `ints/<name>` */
export function projectIn(root: string): Project {
  return { name: projectName(root), root };
}
