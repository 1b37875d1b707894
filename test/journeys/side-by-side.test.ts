import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

import { expect, it } from 'vitest';
import { z } from 'zod';

import { addFakeUv } from '../../tools/code/test-support/fake-uv.ts';
import { startRegistry } from '../../tools/code/test-support/sample-workspace.ts';
import { isAlive } from '../../tools/worker/test-support/stage.ts';
import { openCodeStage, standInWorkspace } from '../support/code-stage.ts';

const oldHost = readFileSync(join(import.meta.dirname, '../../tools/worker/test-support/kept-hosts/version-2.ts'), 'utf8');
const workspaceLock = z.object({ packages: z.record(z.string(), z.record(z.string(), z.unknown())) }).loose();

/** The lockfile of the stand-in's workspace with one package more, which integrations import. */
function lockfileWith(version: string, facts: object): object {
  const { packages, ...rest } = workspaceLock.parse(standInWorkspace()['package-lock.json']);
  const ints = { ...packages['ints'], dependencies: { '@tributary/flow': '*', tiny: version } };
  return { ...rest, packages: { ...packages, ints, 'node_modules/tiny': { version, ...facts } } };
}

it('commits with another framework, another dbt and another lockfile run side by side on one worker, each from its own layers', async ({
  onTestFinished,
}) => {
  const stage = await openCodeStage(onTestFinished);
  const { server, git } = stage;
  const registry = await startRegistry();
  onTestFinished(registry.close);
  const uv = addFakeUv(git);
  const commitOf = (version: string, dbt: string, host: Record<string, string>): Promise<string> => {
    const lockfile = lockfileWith(version, { resolved: `${registry.url}/tiny-${version}.tgz`, integrity: registry.integrity });
    const dependencies = { '@tributary/flow': '*', tiny: version };
    const project = { 'requirements.txt': `dbt-core==${dbt}\n`, 'ints/one/dbt_project.yml': 'name: one' };
    return stage.push({
      'package-lock.json': lockfile,
      'ints/package.json': { name: 'ints', private: true, dependencies },
      ...project,
      ...host,
    });
  };
  // The framework of the first commit takes tickets of version 2 only.
  const old = await commitOf('1.0.0', '1.10.0', { 'tools/flow/host.ts': oldHost });
  const today = await commitOf('2.0.0', '1.11.0', {});
  await stage.workFromGit({ prestart: 2 }, { env: uv.env });

  /** Begins a run of each commit, and says what each of them has. */
  const begin = async (act: string) => {
    const ids = [old, today].map((commit) => server.addRun(stage.deploy(commit), { do: act }));
    const hosts = await Promise.all(ids.map((id) => stage.host(id)));
    return { ids, hosts };
  };
  const { ids, hosts } = await begin('hang');
  await stage.until('both to run', () => ids.every((id) => server.state(id).type === 'RUNNING'));
  expect(hosts.map(({ pid }) => isAlive(pid))).toEqual([true, true]);
  expect(hosts.map(({ ticket }) => ticket.version)).toEqual([2, 3]);
  const roots = hosts.map(({ ticket }) => ticket.root);
  const tinyOf = (root: string): string => realpathSync(createRequire(join(root, 'ints/one/flow.ts')).resolve('tiny'));
  const layersOf = (root: string) => ({
    framework: dirname(realpathSync(join(root, 'node_modules'))),
    packages: dirname(dirname(dirname(tinyOf(root)))),
    python: realpathSync(join(root, '.venv')),
  });
  const [one, other] = roots.map(layersOf);
  for (const kind of ['framework', 'packages', 'python'] as const) expect(one?.[kind]).not.toBe(other?.[kind]);
  for (const kind of ['frameworks', 'packages', 'python']) expect(readdirSync(join(git.dir, kind)).length).toBe(2);
  expect(roots.map((root) => execFileSync(join(root, '.venv/bin/dbt'), { encoding: 'utf8' }).trim().split('\n'))).toEqual([
    [one?.python, 'dbt-core==1.10.0'],
    [other?.python, 'dbt-core==1.11.0'],
  ]);
  for (const id of ids) server.write(id, { type: 'CANCELLING' });
  await stage.until('the end of both', () => ids.every((id) => server.state(id).type === 'CANCELLED'));

  // Hosts of both wait now, and none takes a run of the other.
  const next = await begin('complete');
  await stage.until('both to complete', () => next.ids.every((id) => server.state(id).type === 'COMPLETED'));
  expect(next.hosts.map(({ ticket }) => [ticket.version, ticket.root])).toEqual([
    [2, roots[0]],
    [3, roots[1]],
  ]);
  expect(next.ids.map((id) => server.history(id).includes('Fetching code'))).toEqual([false, false]);
}, 120_000);
