import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { sampleWorkspace, startRegistry } from './test-support/sample-workspace.ts';
import { openStage, token } from './test-support/stage.ts';

/** Begins a command that sees a small disk of its own in a folder, which needs no privileges where users may have namespaces. */
const smallDisk = ['-Urm', 'sh', '-c', 'mount -t tmpfs -o size=4m,mode=700 tmpfs "$1" && shift && exec "$@"', 'sh'];
const canMount = spawnSync('unshare', [...smallDisk, '/mnt', 'true']).status === 0;

const tries = z.array(
  z.object({
    code: z.string().optional(),
    message: z.string().optional(),
    left: z.array(z.string()).default([]),
    root: z.array(z.string()).optional(),
    listed: z.int().optional(),
    removed: z.int().optional(),
  }),
);

describe('a disk', () => {
  it.runIf(canMount)(
    'that is full ends a take at each step with what to do, leaves nothing half-made, and needs nothing but space',
    { timeout: 120_000 },
    async ({ onTestFinished }) => {
      const [stage, registry] = [await openStage(onTestFinished), await startRegistry(60_000)];
      onTestFinished(registry.close);
      const big = Array.from({ length: 10_000 }, (_, at) => `select ${(at * 2_654_435_761) % 4_294_967_296};`).join('\n');
      const commit = await stage.push({ ...sampleWorkspace({ registry }), 'ints/shop/big.sql': big });
      const disk = join(stage.folder, 'disk');
      mkdirSync(disk);
      const script = join(import.meta.dirname, 'test-support/take-on-full-disk.ts');
      const args = [...smallDisk, disk, process.execPath, script, disk, stage.url, commit, 'ints/shop'];
      const child = spawn('unshare', args, { env: stage.env, stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdin.end(token);
      const lines = (await text(child.stdout)).trim().split('\n');
      const seen = tries.parse(lines.map((line): unknown => JSON.parse(line)));
      const failures = seen.slice(0, -1);
      expect(new Set(failures.map(({ code }) => code))).toEqual(new Set(['storage']));
      expect(failures.filter(({ message = '' }) => !/space/.test(message))).toEqual([]);
      // The store's own files, git's fetch, its checkout, npm: each was in want of space.
      const steps = [
        /^The code store can't be read or written: ENOSPC/,
        /^There is no space left for commit/,
        /^commit .* written/,
        /^The packages of .* npm left files out/,
      ];
      expect(steps.filter((step) => !failures.some(({ message = '' }) => step.test(message)))).toEqual([]);
      // A layer that is whole may stay.
      expect(failures.flatMap(({ left }) => left).filter((path) => /^(?:trees|work|commits)|\/\./.test(path))).toEqual([]);
      expect(seen.at(-1)?.root).toContain('ints/shop/big.sql');
      // On a full disk, the store can be listed and pruned.
      expect(seen.at(-1)).toMatchObject({ listed: 4, removed: 4, left: [] });
    },
  );
});
