import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { createSurroundings } from '../test-support/project.ts';
import { supplyPackages } from './supply-packages.ts';

/** Begins to install packages in another process, which is killed. */
async function installInPart(folder: string, kept: string): Promise<void> {
  const script = `
    import { mkdirSync } from 'node:fs';
    import { supplyPackages } from ${JSON.stringify(join(import.meta.dirname, 'supply-packages.ts'))};
    const [folder, kept] = ${JSON.stringify([folder, kept])};
    const install = async () => {
      mkdirSync(folder + '/part', { recursive: true });
      process.kill(process.pid, 'SIGKILL');
    };
    const run = { signal: new AbortController().signal };
    await supplyPackages({ folder, texts: [], isLocal: false }, { kept, key: 'a', install }, { run, log() {} });`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' });
  expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  expect(readdirSync(folder)).toEqual(['part']);
}

it('what a killed run has installed in part is replaced, and what a person has installed stays', async ({ onTestFinished }) => {
  const root = mkdtempSync(join(tmpdir(), 'dbt-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [one, two, kept] = [join(root, 'one'), join(root, 'two'), join(root, 'kept')];
  const { surroundings } = createSurroundings({ root, dataDir: root });
  const supply = async (folder: string): Promise<string[]> => {
    const install = async (): Promise<void> => {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'whole'), '');
    };
    await supplyPackages({ folder, texts: [], isLocal: false }, { kept, key: 'a', install }, surroundings);
    return readdirSync(folder);
  };
  for (const folder of [one, two]) await installInPart(folder, kept);
  expect(await supply(one)).toEqual(['whole']);
  // By now there is a copy.
  expect(await supply(two)).toEqual(['whole']);
  rmSync(two, { recursive: true });
  mkdirSync(join(two, 'theirs'), { recursive: true });
  expect(await supply(two)).toEqual(['theirs']);
});
