import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { start } from './support/process.ts';
import { repository } from './support/workspace.ts';

describe('the set-up', () => {
  let clone: string;

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'tributary-setup-'));
    for (const file of ['setup.mjs', 'package-lock.json', 'requirements.txt']) cpSync(join(repository, file), join(clone, file));
    mkdirSync(join(clone, 'bin'));
    symlinkSync(process.execPath, join(clone, 'bin', 'node'));
  });
  afterEach(() => rmSync(clone, { recursive: true, force: true }));

  const setUp = () => start(process.execPath, ['setup.mjs'], { cwd: clone, env: { PATH: join(clone, 'bin') } }).ended;

  it('says a sentence for each thing that is missing, before it installs anything', async () => {
    const { code, stdout, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toMatch(/- git was not found: install it/);
    expect(stderr).toMatch(/- Python 3\.10, 3\.11, 3\.12 or 3\.13 with its venv module was not found/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe('');
  });

  it('says which part of the clone is missing', async () => {
    rmSync(join(clone, 'requirements.txt'));
    const { code, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toContain('requirements.txt is missing: this is no complete clone');
  });

  it('shows what npm said when the installation fails, and where all of it stands', async () => {
    for (const [name, script] of [
      ['git', '#!/bin/sh\nexit 0\n'],
      ['python3', '#!/bin/sh\nexit 0\n'],
      ['npm', '#!/bin/sh\necho "npm error code ENETUNREACH" >&2\nexit 1\n'],
    ] as const) {
      writeFileSync(join(clone, 'bin', name), script, { mode: 0o755 });
    }
    const { code, stderr } = await setUp();
    expect(code).toBe(1);
    expect(stderr).toContain('npm error code ENETUNREACH');
    expect(stderr).toMatch(/The whole output is in \S+setup-node_modules\.log\. Then run the same command again\./);
  });
});
