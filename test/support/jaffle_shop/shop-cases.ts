import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FlowRunId } from '@tributary/contract';

import type { Installation } from '../installation.ts';
import { repository } from '../workspace.ts';
import { type FaultBranch, pushFaultBranches } from './fault-branches.ts';
import { holdFiles } from './held-files.ts';
import { holdRepositories } from './held-repository.ts';
import { shopRunsOn } from './shop-runs.ts';
import { openShopCase, type ShopCase } from './shop-case.ts';
import { type Shop, startShop } from './start-shop.ts';

/** The files of ints/jaffle_shop, for a workspace. */
export const jaffleShopFiles: Readonly<Record<string, string>> = Object.fromEntries(
  globSync('ints/jaffle_shop/**/*.{ts,yml}', { cwd: repository, exclude: ['**/*.test.ts', '**/*.gen.ts'] }).map((path) => [
    path,
    readFileSync(join(repository, path), 'utf8'),
  ]),
);

/** A shop whose cases share one Postgres and one Git server, so that they can run side by side. */
export interface ShopCases extends Pick<Shop, 'connection' | 'parameters' | 'secrets'> {
  /** the environment variables of the installation */
  readonly environment: Readonly<Record<string, string>>;
  /** stores the secrets, and deploys ints/jaffle_shop */
  deployTo(on: Installation): Promise<void>;
  /** @param name of the case's database */
  open(on: Installation, name: string, branch?: FaultBranch | 'main'): Promise<ShopCase>;
  /** what stands in the worker's folders for checkouts of a run */
  checkouts(id: FlowRunId): string[];
  close(): Promise<void>;
}

export async function openShopCases(): Promise<ShopCases> {
  const shop = await startShop();
  const { connection, parameters, remote, secrets } = shop;
  const files = await holdFiles(shop.files);
  pushFaultBranches(remote.folder);
  const copyOf = holdRepositories(remote);
  return {
    connection,
    parameters,
    secrets,
    environment: { TRIBUTARY_CODE_DIR: remote.store },
    async deployTo(on) {
      for (const [name, input] of Object.entries(secrets)) await shopRunsOn(on).commandWith(input, 'secret', 'set', name);
      await on.deploy('jaffle_shop');
    },
    open: (on, name, branch = 'main') => openShopCase(name, { on, shop, files, repository: copyOf(name), branch }),
    checkouts: (id) =>
      ['checkouts', 'work'].flatMap((folder) => {
        const path = join(remote.store, folder);
        return existsSync(path) ? readdirSync(path).filter((entry) => entry.includes(id)) : [];
      }),
    async close() {
      await files.close();
      await shop.close();
    },
  };
}
