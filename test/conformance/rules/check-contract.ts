import { issuesOf } from '@tributary/contract';
import { routes } from '@tributary/contract/routes';
import type { Route } from '@tributary/contract/routes/route';

import type { Check } from '../check.ts';
import type { Exchange } from '../talk/send-request.ts';
import { findRoute } from './find-route.ts';

const table: Readonly<Record<string, Route>> = routes;

/** Creates one check per route and successful status of the Prefect server: can our client read the answer and its status? */
export function checkContract(exchanges: readonly Exchange[]): Check[] {
  const checks = new Map<string, Check>();
  for (const exchange of exchanges) {
    const name = findRoute(exchange);
    const route = name === undefined ? undefined : table[name];
    if (!name || !route || exchange.status >= 300) continue;
    const step = `our client reads ${name} ${exchange.status}`;
    if (checks.get(step)?.problem) continue;
    const text = read(route, exchange);
    checks.set(step, { topic: 'contract', step, ...(text ? { problem: { text, theirs: exchange } } : {}) });
  }
  return [...checks.values()];
}

function read(route: Route, { status, answer }: Exchange): string | undefined {
  if (!route.status.includes(status))
    return `The Prefect server answered ${status}, but the contract has only ${route.status.join(', ')} for this route.`;
  if (!route.answer) return undefined;
  const parsed = route.answer.safeParse(answer);
  return parsed.success
    ? undefined
    : issuesOf(parsed.error)
        .map(({ path, message }) => `${path}: ${message}`)
        .join('; ');
}
