import { routes } from '@tributary/contract/routes';

import type { Check } from '../check.ts';
import type { Exchange } from '../talk/send-request.ts';
import { findRoute } from './find-route.ts';

/** One check per route of the contract: has a step of the suite asked for it, with success? */
export function checkCoverage(exchanges: readonly Exchange[]): Check[] {
  const asked = new Set(exchanges.filter(({ status }) => status < 300).map(findRoute));
  return Object.keys(routes).map((name) => ({
    topic: 'coverage',
    step: name,
    ...(asked.has(name)
      ? {}
      : { problem: { text: `No script asks for the route ${name} with success: add a step to test/conformance/scripts.` } }),
  }));
}
