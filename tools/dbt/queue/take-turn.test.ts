import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { standInLine } from './place.ts';
import { takeTurn } from './take-turn.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'queue-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const turn = (names: readonly string[], who: string, lines: string[] = [], signal = new AbortController().signal) =>
  takeTurn({ files: names.map((name) => join(folder, name)), who, signal, log: (line) => lines.push(line) });

describe('the queue for a file', () => {
  it('lets in one run at a time, first come, first served', async () => {
    const order: string[] = [];
    let inside = 0;
    const visit = async (who: string) => {
      const release = await turn(['w'], who);
      expect((inside += 1)).toBe(1);
      order.push(who);
      await sleep(30);
      inside -= 1;
      release();
    };
    const visits: Promise<void>[] = [];
    for (const who of ['a', 'b', 'c', 'd']) {
      visits.push(visit(who));
      await sleep(5);
    }
    await Promise.all(visits);
    expect(order).toEqual(['a', 'b', 'c', 'd']);
  });

  it("doesn't delay runs on other files", async () => {
    const lines: string[] = [];
    const first = await turn(['one'], 'a', lines);
    const second = await turn(['two'], 'b', lines);
    expect(lines).toEqual([]);
    first();
    second();
  });

  it('releases the files of a run that is cancelled while it waits for another file', async () => {
    const release = await turn(['b'], 'holder');
    const controller = new AbortController();
    const waiting = turn(['a', 'b'], 'waiter', [], controller.signal);
    await sleep(50);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    (await turn(['a'], 'next'))();
    expect(readdirSync(join(folder, 'b.queue')).filter((name) => name.endsWith('.waits'))).toEqual([]);
    release();
  });

  it.runIf(process.platform === 'linux')('reports a full disk, and lets the next run in', async () => {
    mkdirSync(join(folder, 'w.queue'));
    symlinkSync('/dev/full', join(folder, 'w.queue', `holder.${process.pid}.tmp`));
    await expect(turn(['w'], 'first')).rejects.toThrow(/The folder of \S+\/w can't be used: ENOSPC.*have some space/);
    rmSync(join(folder, 'w.queue', `holder.${process.pid}.tmp`));
    (await turn(['w'], 'second'))();
  });

  it('skips runs that no longer wait', () => {
    const gone = standInLine(folder, 'gone', 1_000_000);
    const next = standInLine(folder, 'next', 1_000_001);
    expect(gone.ahead(1_000_002)).toBe(0);
    expect(next.ahead(1_000_002)).toBe(1);
    expect(next.ahead(1_006_000)).toBe(0);
  });
});
