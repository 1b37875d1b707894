import { relative, sep } from 'node:path';

import { messageOf, TributaryError } from '@tributary/contract/error';
import type { Ticket } from '@tributary/contract/ticket';

import { type FlowDefinition, flowOf } from '../run/flow-definition.ts';
import { isDeployment } from '../run/deployment-definition.ts';
import { importModule } from '../deploy/import-module.ts';

// An import statement would evaluate all exports of node:fs, including streams and promises, which takes 4 ms.
const { realpathSync } = process.getBuiltinModule('node:fs');

/**
 * Imports the file of a ticket's entrypoint, `<file>:<export>`.
 * @returns the exported flow, or the flow of the exported deployment
 * @throws `invalid_entrypoint`, with the file and line of what is wrong
 */
export async function loadFlow({ entrypoint, root }: Pick<Ticket, 'entrypoint' | 'root'>): Promise<FlowDefinition> {
  const split = entrypoint.lastIndexOf(':');
  const name = entrypoint.slice(split + 1);
  if (split <= 0 || !name)
    throw invalid(`The entrypoint "${entrypoint}" does not have the form <file>:<export>. Deploy the integration again.`);
  const tree = real(root, 'The work tree');
  const file = real(entrypoint.slice(0, split), 'The file of the entrypoint');
  if (!file.startsWith(`${tree}${sep}`)) throw invalid(`The entrypoint ${entrypoint} lies outside the work tree ${tree}.`);
  const exported = await importModule(file, tree);
  const value = exported[name];
  const flow = flowOf(isDeployment(value) ? value.flow : value);
  if (flow) return flow;
  const flows = Object.keys(exported).filter((key) => flowOf(exported[key]) ?? isDeployment(exported[key]));
  throw invalid(
    `${relative(tree, file)} ${name in exported ? `exports "${name}", which isn't a flow` : `doesn't export a flow "${name}"`}; ${flows.length > 0 ? `it exports ${flows.join(', ')}` : 'it exports no flows'}. If the flow was renamed, deploy the integration again.`,
  );
}

function real(path: string, what: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new TributaryError('invalid_entrypoint', `${what} can't be read: ${messageOf(error)}.`, { cause: error });
  }
}

function invalid(message: string): TributaryError {
  return new TributaryError('invalid_entrypoint', message);
}
