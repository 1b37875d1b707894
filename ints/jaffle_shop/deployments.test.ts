import { isDeployment } from '@tributary/flow/deploy';
import { expect, it } from 'vitest';

import * as deployments from './deployments.ts';

it('deploys each flow once into the work pool dev, and runs one dbt at a time', () => {
  const all = Object.values(deployments);
  expect(all.every(isDeployment)).toBe(true);
  expect(all.map(({ name, pool }) => ({ name, pool }))).toEqual(Array.from({ length: 6 }, () => ({ name: 'jaffle_shop', pool: 'dev' })));
  expect(new Set(all.map(({ flow }) => flow)).size).toBe(6);
  expect(all.filter(({ concurrencyLimit }) => concurrencyLimit !== null)).toEqual([deployments.dbt]);
  expect(deployments.dbt.concurrencyLimit?.limit).toBe(1);
});
