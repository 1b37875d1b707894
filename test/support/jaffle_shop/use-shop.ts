import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, vi } from 'vitest';

import { type Shop, startShop } from './start-shop.ts';

/** A shop for the tests of one file, whose flows run without a server. */
export interface UsedShop {
  readonly shop: Shop;
  /** what the flows of the current test have logged */
  readonly printed: string;
}

/** Starts a shop before the tests of the calling file, gives each its secrets and the unchanged files, and ends it after them. */
export function useShop(): UsedShop {
  let shop: Shop | undefined;
  let home: string;
  let printed = '';
  let files: Shop['files'] = {};
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'jaffle-shop-'));
    shop = await startShop();
    files = { ...shop.files };
  });
  afterAll(async () => {
    await shop?.close();
    rmSync(home, { recursive: true, force: true });
  });
  beforeEach(() => {
    printed = '';
    Object.assign(shop?.files ?? {}, files);
    vi.stubEnv('TRIBUTARY_HOME', home);
    // A test runner may end its processes in a way that leaves the folders of checkouts.
    vi.stubEnv('TMPDIR', home);
    for (const [name, value] of Object.entries(shop?.secrets ?? {}))
      vi.stubEnv(`TRIBUTARY_SECRET_${name.toUpperCase().replaceAll('-', '_')}`, value);
    const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    return () => {
      spy.mockRestore();
      vi.unstubAllEnvs();
    };
  });
  return {
    get shop() {
      if (!shop) throw new Error('The shop has not started yet: use it in tests and in hooks after useShop().');
      return shop;
    },
    get printed() {
      return printed;
    },
  };
}
