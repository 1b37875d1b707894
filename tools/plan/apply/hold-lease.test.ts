import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Client, createClient } from '@tributary/contract/client';
import { routes } from '@tributary/contract/routes';
import { startServer } from '@tributary/server';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

import { holdLease } from './hold-lease.ts';
import type { PlanRoutes } from '../routes.ts';

let home: string;
let server: Awaited<ReturnType<typeof startServer>>;
let client: Client<PlanRoutes>;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tributary-lease-'));
  server = await startServer({ home, port: 0, log: () => undefined });
  client = createClient(routes, { url: server.url, patience: 0 });
});
afterAll(async () => {
  await server.close();
  await rm(home, { recursive: true, force: true });
});

const times = { lasts: 60, renewal: 0.1, look: 0.02, silence: 1, patience: 30 };
const silent = () => undefined;
const slotsOf = async (idOrName: string) => (await client.readConcurrencyLimit({ path: { idOrName } })).data.active_slots;

it('a second deploy of a workspace waits until the first has ended, and says so once', async () => {
  const first = await holdLease(client, 'acme/data', { announce: silent, times });
  const lines: string[] = [];
  const second = holdLease(client, 'acme/data', { announce: (line) => void lines.push(line), times });
  await vi.waitUntil(() => lines.length > 0);
  const other = await holdLease(client, 'acme/other', { announce: silent, times });
  await other.end();
  expect(await Promise.race([second, 'waiting'])).toBe('waiting');
  await first.end();
  const turn = await second;
  expect(lines).toEqual(['Waiting until another deploy of workspace acme/data has ended …']);
  expect(() => turn.check()).not.toThrow();
  await turn.end();
  expect(await slotsOf('tributary-deploy:acme:data')).toBe(0);
});

it('a deploy gives up if the other one goes on and on', async () => {
  const first = await holdLease(client, 'long', { announce: silent, times });
  const second = holdLease(client, 'long', { announce: silent, times: { ...times, patience: 1.5 } });
  await expect(second).rejects.toMatchObject({
    code: 'locked',
    message:
      'Another deploy of workspace long was still under way after 1.5 s, so nothing was sent: deploy again when it has ended. It holds the concurrency limit "tributary-deploy:long".',
  });
  await first.end();
});

it('a slot that a server has kept without its lease is freed, because nobody renews it', async () => {
  await client.createConcurrencyLimit({ body: { name: 'tributary-deploy:forgotten', limit: 1 } });
  await client.takeSlots({ body: { names: ['tributary-deploy:forgotten'], slots: 1 } });
  const turn = await holdLease(client, 'forgotten', { announce: silent, times });
  expect(await slotsOf('tributary-deploy:forgotten')).toBe(1);
  await turn.end();
  expect(await slotsOf('tributary-deploy:forgotten')).toBe(0);
});

it('a deploy whose lease the server has forgotten sends nothing more', async () => {
  const granted = vi.fn<(id: string) => void>();
  const spied: Client<PlanRoutes> = {
    ...client,
    async takeLease(input) {
      const answer = await client.takeLease(input);
      granted(answer.data.lease_id);
      return answer;
    },
  };
  const turn = await holdLease(spied, 'lost', { announce: silent, times });
  await client.returnLease({ body: { lease_id: granted.mock.lastCall?.[0] ?? '' } });
  await vi.waitFor(() => expect(() => turn.check()).toThrow(/another deploy may have begun: deploy again\.$/), 30_000);
  await turn.end();
});
