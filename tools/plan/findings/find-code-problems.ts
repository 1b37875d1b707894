import type { Finding } from '@tributary/contract/nouns/plan';
import type { DesiredDeployment } from '@tributary/flow/deploy';

import type { Code } from '../closure/open-code.ts';
import type { Loaded } from '../load/loaded.ts';

/** Lists what is wrong with the code of these integrations, each finding once for each integration. */
export async function findCodeProblems(code: Code, loaded: readonly Loaded[]): Promise<Finding[]> {
  const found = await Promise.all(
    loaded.flatMap(({ project, deployments }) =>
      distinctInputs(deployments).map(async (inputs) => (await code.closure(project.root, inputs)).findings),
    ),
  );
  const distinct = new Map([...code.findings, ...found.flat()].map((finding) => [JSON.stringify(finding), finding]));
  return [...distinct.values()];
}

/** The options `inputs` of these deployments, each value once. */
export function distinctInputs(deployments: readonly DesiredDeployment[]): (readonly string[])[] {
  return [...new Map(deployments.map(({ inputs }) => [JSON.stringify(inputs), inputs])).values()];
}
