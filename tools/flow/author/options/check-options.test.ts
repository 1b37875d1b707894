import { expect, it } from 'vitest';

import { deployFactory } from '../deployment/deploy-factory.ts';
import { flow } from '../flow.ts';
import { task } from '../task.ts';

const nightly = flow({ name: 'export' }, () => null);

/** An option that the compiler doesn't see. */
const unseen = (option: string): object => ({ [option]: 1 });

it.each<[build: () => unknown, message: string]>([
  [
    () => deployFactory({ name: 'd', flow: nightly, ...unseen('corn') }),
    'Unknown option "corn" in deployment export/d. Did you mean "cron"?',
  ],
  [
    () => deployFactory({ name: 'd', flow: nightly, schedules: [{ cron: '0 9 * * *', ...unseen('timeZone') }] }),
    'Unknown option "timeZone" in a schedule of deployment export/d. Did you mean "timezone"?',
  ],
  [
    () => deployFactory({ name: 'd', flow: nightly, concurrencyLimit: { limit: 1, ...unseen('collision') } }),
    'Unknown option "collision" in the concurrencyLimit of deployment export/d. Did you mean "collisionStrategy"?',
  ],
  [() => flow({ name: 'f', ...unseen('retry') }, () => null), 'Unknown option "retry" in flow "f". Did you mean "retries"?'],
  [() => task({ name: 't', ...unseen('timeOut') }, () => null), 'Unknown option "timeOut" in task "t". Did you mean "timeout"?'],
  [
    () => task({ name: 't' }, () => null).with({ retries: 1, ...unseen('cacheKey') }),
    'Unknown option "cacheKey" in task "t". Did you mean "cache"?',
  ],
  [
    () => flow({ name: 'f', ...unseen('colour') }, () => null),
    'Unknown option "colour" in flow "f". Known options: name, parameters, result, description, runName,',
  ],
])('an unknown option is refused at once: %#', (build, message) => {
  expect(build).toThrow(message);
});
