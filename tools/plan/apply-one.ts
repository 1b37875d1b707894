import { basename, dirname, relative, sep } from 'node:path';

import { placedMessage, TributaryError } from '@tributary/contract/error';
import { labelNames } from '@tributary/contract/nouns/label';
import { once } from '@tributary/contract/once';
import type { ApplyOne, DesiredDeployment } from '@tributary/flow/deploy';
import { identifyWorkspace } from '@tributary/flow/engine';

import { applyProjects } from './apply/apply-projects.ts';
import { openCode } from './closure/open-code.ts';
import { projectIn } from './load/project.ts';
import { planLoaded } from './plan-loaded.ts';
import { chooseStorage, type StorageChoice } from './storage/choose-storage.ts';

/**
 * Plans one deployment and applies the plan, for `.apply()` in a script.
 * @throws `misuse` with the findings that keep the deployment from being deployed
 */
export const applyOne: ApplyOne = async ({ desired: wanted, engine, root }) => {
  const file = relative(root, wanted.source.file).split(sep).join('/');
  const project = projectIn(dirname(file));
  const desired = basename(file) === 'deployments.ts' ? wanted : ofScript(wanted, file);
  const [code, workspace] = await Promise.all([codeOf(root), identifyWorkspace(engine, root)]);
  const storage = await storageOf({ root, engine, code });
  const loaded = [{ project, deployments: [desired], externals: [] }];
  const { plan, projects, ...planned } = await planLoaded(loaded, { engine, workspace, root, code, storage, deletes: false });
  const errors = plan.findings.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new TributaryError('misuse', errors.map(placedMessage).join('\n'));
  // A script may apply many deployments at once, which would wait for each other's turn. Each is read again before it is written.
  const on = { ...planned, lackingPools: plan.creates.pools, turnOf: null };
  const [[done] = []] = await Promise.all(
    applyProjects(
      projects.map(({ deployments }) => deployments),
      on,
    ),
  );
  if (done?.error !== undefined) throw done.error;
  const stored = done?.stored ?? done?.planned.live;
  if (!stored) throw new TributaryError('internal', `The plan lacks deployment ${desired.name}.`);
  return stored;
};

/**
 * Marks a deployment of another file: a deploy of the integration doesn't find it in deployments.ts, and would delete it. Its code begins with
 * that file.
 */
function ofScript(desired: DesiredDeployment, file: string): DesiredDeployment {
  const { request, inputs } = desired;
  return {
    ...desired,
    inputs: [basename(file), ...inputs],
    request: { ...request, labels: { ...request.labels, [labelNames.script]: file } },
  };
}

// A script may apply many deployments, so the files of a workspace are read once, and a repository's server is asked once.
const codeOf = once(openCode);
const storageOf = once(
  (given: Pick<StorageChoice, 'root' | 'code' | 'engine'>) =>
    chooseStorage({ ...given, env: process.env, kind: null, options: {}, deploys: true, announce: () => undefined }),
  ({ root, engine }) => JSON.stringify([root, engine.url]),
);
