import { z } from 'zod';

import {
  concurrencyLimit,
  concurrencyLimitCreate,
  concurrencyLimitUpdate,
  grantedLease,
  grantedLimit,
  lease,
  leaseRenewal,
  leaseRequest,
  leaseReturn,
  slotsRequest,
  slotsReturn,
} from '../nouns/concurrency.ts';
import { concurrencyLimitsQuery } from '../nouns/filter.ts';
import { table } from './route.ts';

/** Routes of concurrency limits. A full limit answers 423 with Retry-After; a request for more slots than the limit has is a 422. */
export const concurrencyRoutes = table({
  createConcurrencyLimit: {
    method: 'POST',
    path: '/v2/concurrency_limits/',
    body: concurrencyLimitCreate,
    answer: concurrencyLimit,
    status: [201],
  },
  readConcurrencyLimit: { method: 'GET', path: '/v2/concurrency_limits/{idOrName}', answer: concurrencyLimit, status: [200] },
  updateConcurrencyLimit: { method: 'PATCH', path: '/v2/concurrency_limits/{idOrName}', body: concurrencyLimitUpdate, status: [204] },
  deleteConcurrencyLimit: { method: 'DELETE', path: '/v2/concurrency_limits/{idOrName}', status: [204] },
  filterConcurrencyLimits: {
    method: 'POST',
    path: '/v2/concurrency_limits/filter',
    body: concurrencyLimitsQuery,
    answer: z.array(concurrencyLimit),
    status: [200],
  },
  takeSlots: {
    method: 'POST',
    path: '/v2/concurrency_limits/increment',
    body: slotsRequest,
    answer: z.array(grantedLimit),
    status: [200],
    once: true,
  },
  returnSlots: {
    method: 'POST',
    path: '/v2/concurrency_limits/decrement',
    body: slotsReturn,
    answer: z.array(grantedLimit),
    status: [200],
    once: true,
  },
  takeLease: {
    method: 'POST',
    path: '/v2/concurrency_limits/increment-with-lease',
    body: leaseRequest,
    answer: grantedLease,
    status: [200],
    once: true,
  },
  returnLease: { method: 'POST', path: '/v2/concurrency_limits/decrement-with-lease', body: leaseReturn, status: [204] },
  renewLease: {
    method: 'POST',
    path: '/v2/concurrency_limits/leases/{id}/renew',
    body: leaseRenewal,
    answer: lease.nullish(),
    status: [200, 204],
  },
});
