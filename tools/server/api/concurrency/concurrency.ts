import { type DeploymentId, leaseId } from '@tributary/contract';
import type { concurrencyRoutes } from '@tributary/contract/routes/concurrency';
import { headers } from '@tributary/contract/routes/route';

import { offerFreeSlots } from '../../runs/propose.ts';
import { findConcurrencyLimit, insertConcurrencyLimit, readDeploymentsOfLimit } from '../../store/limits/concurrency-limits.ts';
import type { Database } from '../../store/database/database.ts';
import { deleteRow } from '../../store/database/delete-row.ts';
import { endLease, isLeaseHeld, renewLease } from '../../store/limits/leases.ts';
import { type ConcurrencyLimitRow, concurrencyLimitOf } from '../../store/rows/concurrency-limit.ts';
import { grantSlots, type SlotsAnswer, type SlotsRequest } from '../../store/limits/grant-slots.ts';
import { releaseSlots } from '../../store/limits/release-slots.ts';
import { forget, recall, remember, type RequestKey } from '../../store/limits/requests.ts';
import type { Transaction } from '../../store/database/write.ts';
import type { Handlers } from '../handler.ts';
import { requestKey } from '../request/once.ts';
import { readWait } from '../request/read-wait.ts';
import { readId } from '../request/read-id.ts';
import { invalid, notFound, Refusal } from '../refusal.ts';
import type { Server } from '../server.ts';
import { updateConcurrencyLimit } from './update-concurrency-limit.ts';

export const concurrencyHandlers: Handlers<typeof concurrencyRoutes> = {
  createConcurrencyLimit: {
    write: (tx, { body }) => {
      const id = insertConcurrencyLimit(tx, body);
      return { status: 201, body: concurrencyLimitOf(requireLimit(tx, id, tx.now())) };
    },
  },
  readConcurrencyLimit: {
    read: (database, { path, at }) => ({ status: 200, body: concurrencyLimitOf(requireLimit(database, path.idOrName, at)) }),
  },
  updateConcurrencyLimit: {
    write: (tx, { path, body, at }) => {
      const { id } = requireLimit(tx, path.idOrName, at);
      updateConcurrencyLimit(tx, id, body);
      offerSlots(tx, readDeploymentsOfLimit(tx, id));
      return { status: 204, body: undefined };
    },
  },
  deleteConcurrencyLimit: {
    write: (tx, { path, at }) => {
      const { id } = requireLimit(tx, path.idOrName, at);
      const deployments = readDeploymentsOfLimit(tx, id);
      deleteRow(tx, 'concurrency_limits', id);
      offerSlots(tx, deployments);
      return { status: 204, body: undefined };
    },
  },
  filterConcurrencyLimits: { query: true },
  takeSlots: {
    serve: async (request, server) => {
      const { limits } = await untilGranted({ ...request.body, lease: null }, 'takeSlots', request, server);
      return { status: 200, body: limits };
    },
  },
  returnSlots: {
    write: (tx, { body }) => ({ status: 200, body: releaseSlots(tx, body.names, body.slots, body.occupancy_seconds ?? null) }),
  },
  takeLease: {
    serve: async (request, server) => {
      const { names, slots, mode, lease_duration: seconds, holder } = request.body;
      const { limits, lease } = await untilGranted(
        { names, slots, mode, lease: { seconds, holder: holder ?? null } },
        'takeLease',
        request,
        server,
      );
      if (lease === null) throw new Error('The store granted the slots, but created no lease for them.');
      return { status: 200, body: { lease_id: lease, limits } };
    },
  },
  returnLease: {
    write: (tx, { body }) => {
      endLease(tx, body.lease_id);
      return { status: 204, body: undefined };
    },
  },
  renewLease: {
    write: (tx, { path, body }) => {
      if (!renewLease(tx, readId(leaseId, path.id), body.lease_duration))
        throw new Refusal(410, { detail: 'Lease not found: it has expired, or its slots were released.' });
      return { status: 204, body: undefined };
    },
  },
};

type Granted = SlotsAnswer & { readonly kind: 'granted' };

/**
 * Takes slots for a request. A repeat of the request takes no further slots. With `Prefer: wait=…`, waits until the slots are free: first
 * come, first served.
 * @throws Refusal 423 if the slots aren't free, 422 if a limit can never grant the request
 */
async function untilGranted(
  request: SlotsRequest,
  route: string,
  { header, gone }: { header(name: string): string | undefined; gone(): AbortSignal },
  { store, slotWaits }: Server,
): Promise<Granted> {
  const wait = readWait(header(headers.prefer));
  const until = Date.now() + wait;
  const signal = wait > 0 ? gone() : undefined;
  const key = requestKey(route, header);
  const holder = request.lease?.holder;
  const slotWait = holder && { names: request.names, holder: { ...holder, id: holder.id.toLowerCase() } };
  for (;;) {
    const answer = await store.write((tx) => takeOnce(tx, key, request));
    if (answer.kind === 'impossible') throw invalid(answer.reason);
    if (answer.kind === 'granted') {
      if (slotWait) slotWaits.forget(slotWait);
      // A client that has closed the connection never learns of its slots, so they are released.
      if (signal?.aborted) await store.write((tx) => releaseGranted(tx, key, request, answer));
      return answer;
    }
    const left = until - Date.now();
    if (slotWait) slotWaits.note(slotWait, answer.retryAfterSeconds);
    if (!signal || left <= 0 || signal.aborted || store.waiters.closed) throw full(answer.retryAfterSeconds);
    await store.waiters.next('slots', Math.min(left, answer.retryAfterSeconds * 1000), signal);
  }
}

/** Takes slots. A repeated request gets the same slots again, as long as they are still held. */
function takeOnce(tx: Transaction, key: RequestKey | undefined, request: SlotsRequest): SlotsAnswer {
  const before = key && recall<Granted>(tx, key);
  if (before && (before.lease === null || isLeaseHeld(tx, before.lease))) return before;
  const answer = grantSlots(tx, request);
  if (key && before) forget(tx, key);
  if (key && answer.kind === 'granted') remember(tx, key, answer);
  return answer;
}

function releaseGranted(tx: Transaction, key: RequestKey | undefined, { names, slots }: SlotsRequest, { lease }: Granted): void {
  if (key) forget(tx, key);
  if (lease) endLease(tx, lease);
  else releaseSlots(tx, names, slots, null);
}

/** The refusal if a limit is full. `Retry-After` varies, so that clients refused at the same time don't try again at the same time. */
function full(seconds: number): Refusal {
  return new Refusal(423, { detail: 'Locked' }, { 'retry-after': (seconds * (0.9 + Math.random() / 5)).toFixed(3) });
}

function requireLimit(database: Database, idOrName: string, now: number): ConcurrencyLimitRow {
  const row = findConcurrencyLimit(database, idOrName, now);
  if (!row) throw notFound(`Concurrency limit "${idOrName}" not found`);
  return row;
}

/** Offers the limit's slots to waiting runs, as more may be free after a change. */
function offerSlots(tx: Transaction, deployments: readonly DeploymentId[]): void {
  for (const deployment of deployments) offerFreeSlots(tx, deployment);
  tx.wake('slots');
  tx.wake('work');
}
