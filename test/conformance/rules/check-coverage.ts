import { routes } from '@tributary/contract/routes';

import type { Check } from '../check.ts';
import type { Exchange } from '../talk/send-request.ts';
import { findRoute } from './find-route.ts';

/** Creates one check per route of the contract: did any step of the suite call the route successfully? */
export function checkCoverage(exchanges: readonly Exchange[]): Check[] {
  const asked = new Set(exchanges.filter(({ status }) => status < 300).map(findRoute));
  return Object.keys(routes).map((name) => ({
    topic: 'coverage',
    step: name,
    ...(asked.has(name)
      ? {}
      : { problem: { text: `No script calls the route ${name} successfully. Add a step to test/conformance/scripts.` } }),
  }));
}
