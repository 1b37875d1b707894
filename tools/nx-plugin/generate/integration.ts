import { join } from 'node:path';

import { generateFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { TributaryError } from '@tributary/contract/error';
import { projectName } from '@tributary/contract/project-name';
import { printRegistry } from '@tributary/plan/registry';

import { camelCase, checkName } from './name.ts';
import { templateParameters } from './template-parameters.ts';

interface Options {
  /** the name of the folder below `ints/` and of the deployment */
  readonly name: string;
  readonly flow?: string;
}

/** Generates `ints/<name>`: a flow, its deployment, a test and its part of the registry. The generated flow runs without changes. */
export default async function integration(tree: Tree, { name, flow = 'export' }: Options): Promise<GeneratorCallback> {
  checkName('an integration', name, 'my_api');
  checkName('a flow', flow, 'export');
  const root = `ints/${name}`;
  if (tree.exists(root)) throw new TributaryError('misuse', `${root} exists already: choose another name, or remove that folder first.`);
  generateFiles(tree, join(import.meta.dirname, 'templates'), root, {
    name,
    flow,
    deploymentIdentifier: camelCase(`${name}_deployment`),
    flowIdentifier: flowIdentifier(flow, name),
  });
  const deployment = `${flow}/${name}`;
  tree.write(`${root}/deployments.gen.ts`, printRegistry([{ name: deployment, schema: templateParameters, parameters: {}, result: null }]));
  return () => {
    process.stdout.write(nextSteps(root, deployment));
  };
}

/** Chooses the flow's identifier, such as `exportMyApi`. Names that the template itself uses are avoided. */
function flowIdentifier(flow: string, name: string): string {
  const identifier = camelCase(`${flow}_${name}`);
  return ['fetchItems', 'writeItems', 'writeFile', 'readFile'].includes(identifier) ? `${identifier}Flow` : identifier;
}

function nextSteps(root: string, deployment: string): string {
  return [
    '',
    'Next:',
    `  npx vitest run ${root}`,
    '  npx tributary dev                       (server and worker, in a terminal of their own)',
    `  npx nx run ${projectName(root)}:deploy`,
    `  npx tributary deployment run ${deployment} --watch`,
    '',
  ].join('\n');
}
