import { splitDeploymentName } from '@tributary/contract/name';
import { labelNames } from '@tributary/contract/nouns/label';
import { findRoot, identifyWorkspace } from '@tributary/flow/engine';
import { idsOf, ownerOf, relationOf } from '@tributary/plan';

import type { Call } from '../command/call.ts';
import { openEngine } from '../engine/open.ts';
import { declarationOf } from './declaration.ts';
import { findDeployment } from './find.ts';
import { findIntegration } from './find-integration.ts';
import { printable } from '../print/text.ts';
import { writeLabels } from './write-labels.ts';

/** Makes this workspace the owner of a deployment, and prints the code that declares it. */
export async function adopt(call: Call, name: string, integration: string | undefined): Promise<undefined> {
  const opened = await openEngine(call, 'write');
  const root = findRoot(call.cwd);
  const workspace = await identifyWorkspace(opened.engine, root, call.env);
  const found = await findDeployment(opened.client, name);
  const { deployment, fullName } = found;
  const project = await findIntegration(call, root, found, integration);
  const flow = splitDeploymentName(fullName)?.flow ?? '';
  // Another workspace's commits aren't in this one's history, which would then look older than the live code.
  const isOurs = relationOf(ownerOf(deployment), await idsOf(workspace, [deployment])) === 'ours';
  const strangers: readonly string[] = isOurs ? [] : [labelNames.commit, labelNames.closure];
  const dropped = new Set([labelNames.script, ...strangers]);
  await writeLabels(opened, deployment, (labels) => ({
    ...Object.fromEntries(Object.entries(labels).filter(([label]) => !dropped.has(label))),
    [labelNames.workspace]: workspace.id,
    [labelNames.project]: project.name,
    [labelNames.flow]: flow,
  }));
  const declaration = declarationOf(deployment, flow, project.root);
  const owner = { workspace: workspace.id, project: project.name };
  call.out.result({ id: deployment.id, full_name: fullName, owner, declaration }, () =>
    printable(
      [
        `Adopted ${fullName}: ${project.name} of workspace ${workspace.id} owns it now. Nothing else changed.`,
        `Declare it in ${project.root}/deployments.ts: deploys follow that file from then on. This declares it as it is:`,
        '',
        declaration,
      ].join('\n'),
    ),
  );
}
