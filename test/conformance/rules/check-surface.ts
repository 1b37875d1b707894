import { routes } from '@tributary/contract/routes';
import type { Route } from '@tributary/contract/routes/route';

import type { Check } from '../check.ts';
import { readProtocolPage, withoutNames } from '../protocol-page.ts';
import { fetchAgain } from '../talk/fetch-again.ts';
import { type OpenApi, operationsOf } from './check-openapi.ts';

/** How long our server may take to say that it lacks a route, in milliseconds. */
const atOnce = 1000;

/**
 * Creates checks for each route of the Prefect server's document: does PROTOCOL.md have the route, and does our server answer 404
 * immediately if it lacks the route?
 * @param ours our server's URL, which ends in `/api`
 */
export async function checkSurface(document: OpenApi, ours: string): Promise<Check[]> {
  const page = new Set(readProtocolPage().routes.map(({ route }) => route));
  const spoken = new Set(Object.values<Route>(routes).map(({ method, path }) => withoutNames(`${method} ${path}`)));
  const checks: Check[] = [];
  for (const { method, path } of operationsOf(document)) {
    const route = withoutNames(`${method} ${path}`);
    const text = page.has(route) ? undefined : `PROTOCOL.md has no row for ${method} ${path}. Add one.`;
    checks.push({ topic: 'surface', step: `row of ${method} ${path}`, ...(text ? { problem: { text } } : {}) });
    if (spoken.has(route)) continue;
    const refused = await refuse(method, `${ours}${path.replace(/\{\w+\}/g, 'nonesuch')}`);
    checks.push({ topic: 'surface', step: `404 for ${method} ${path}`, ...(refused ? { problem: { text: refused } } : {}) });
  }
  return checks;
}

async function refuse(method: string, url: string): Promise<string | undefined> {
  const begin = performance.now();
  const answer = await fetchAgain(url, () => ({
    method,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(10_000),
    ...(method === 'GET' ? {} : { body: '{}' }),
  }));
  await answer.text();
  const milliseconds = Math.round(performance.now() - begin);
  // Our server may answer 405 if it has the path with another method.
  if (answer.status !== 404 && answer.status !== 405)
    return `Our server lacks this route, and must answer 404 or 405, not ${answer.status}.`;
  return milliseconds > atOnce
    ? `Our server lacks this route, and took ${milliseconds} ms to say so. At most ${atOnce} ms are allowed.`
    : undefined;
}
