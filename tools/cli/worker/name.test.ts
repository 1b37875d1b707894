import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { holdName } from './name.ts';

describe("a worker's name", () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'tributary-name-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  it('differs from the names of all running workers, and is free again when its worker has ended', () => {
    const first = holdName(home);
    const second = holdName(home);
    expect(first.name.startsWith(`${hostname()}-`)).toBe(true);
    expect(second.name).not.toBe(first.name);
    first.release();
    const third = holdName(home);
    expect(third.name).toBe(first.name);
    second.release();
    third.release();
  });

  it('is free again after kill -9', async ({ onTestFinished }) => {
    const child = spawn(
      process.execPath,
      [
        '-e',
        `import(${JSON.stringify(join(import.meta.dirname, 'name.ts'))}).then(({ holdName }) => { const held = holdName(${JSON.stringify(home)}); console.log(held.name); setInterval(held.release, 1e9); })`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    onTestFinished(() => void child.kill('SIGKILL'));
    const [printed] = await once(child.stdout.setEncoding('utf8'), 'data');
    const held = String(printed).trim();
    const meanwhile = holdName(home);
    expect(meanwhile.name).not.toBe(held);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const again = holdName(home);
    expect(again.name).toBe(held);
    meanwhile.release();
    again.release();
  });

  it("is another one if a damaged disk has put anything into the name's file", () => {
    mkdirSync(join(home, 'workers'));
    writeFileSync(join(home, 'workers', 'old.lock'), 'x'.repeat(2000));
    const { name, release } = holdName(home);
    expect(name.startsWith(`${hostname()}-`)).toBe(true);
    release();
  });

  it("must be given if it can't be stored", () => {
    writeFileSync(join(home, 'file'), '');
    expect(() => holdName(join(home, 'file'))).toThrow('--name');
  });
});
