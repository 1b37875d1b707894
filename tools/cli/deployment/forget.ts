import { TributaryError } from '@tributary/contract/error';
import { labelNames } from '@tributary/contract/nouns/label';
import { shellWord } from '@tributary/contract/shell-word';
import { findRoot, identifyWorkspace } from '@tributary/flow/engine';
import { deployLabels, idsOf, ownerOf, relationOf } from '@tributary/plan';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { findDeployment } from './find.ts';
import { printable } from '../print/text.ts';
import { writeLabels } from './write-labels.ts';

/** Gives a deployment up: it stays as it is, and nobody owns it. @throws `misuse` if it isn't this workspace's */
export async function forget(call: Call, name: string): Promise<undefined> {
  const opened = await openEngine(call, 'write');
  const workspace = await identifyWorkspace(opened.engine, findRoot(call.cwd), call.env);
  const { deployment, fullName } = await findDeployment(opened.client, name);
  const owner = ownerOf(deployment);
  if (!owner) throw new TributaryError('misuse', `Nobody owns ${fullName}, so there is nothing to forget.`);
  if (relationOf(owner, await idsOf(workspace, [deployment])) === 'other')
    throw new TributaryError(
      'misuse',
      `Workspace ${owner.workspace} owns ${fullName}, so only that workspace can give it up. To take it over, run \`npx tributary deployment adopt ${shellWord(fullName)}\`.`,
    );
  await writeLabels(opened, deployment, (labels) => Object.fromEntries(Object.entries(labels).filter(([label]) => !isForgotten(label))));
  call.out.result({ id: deployment.id, full_name: fullName, owner: null }, () =>
    printable(
      [
        `Forgot ${fullName}: nobody owns it now. It keeps its schedules and runs, and no deploy changes or deletes it.`,
        `If ${owner.project} still declares it, remove the declaration: otherwise the next deploy refuses it.`,
      ].join('\n'),
    ),
  );
}

/** Whether a label goes when the deployment is given up. The flow's name helps all readers of the deployment. */
function isForgotten(label: string): boolean {
  return deployLabels.has(label) && label !== labelNames.flow;
}
