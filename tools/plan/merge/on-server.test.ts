import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient } from '@tributary/contract/client';
import { routes } from '@tributary/contract/routes';
import { startServer } from '@tributary/server';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { checkMergeOn } from '../test-support/check-merge.ts';

let home: string;
let server: Awaited<ReturnType<typeof startServer>>;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-merge-'));
  server = await startServer({ home, port: 0 });
});
afterAll(async () => {
  await server?.close();
  await rm(home, { recursive: true, force: true });
});

it('what people changed on our server survives each deploy, and what belongs to the code is set back', async () => {
  await expect(checkMergeOn(createClient(routes, { url: server.url, patience: 0 }))).resolves.toBeUndefined();
});
