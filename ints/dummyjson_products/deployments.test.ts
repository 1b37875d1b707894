import { isDeployment } from '@tributary/flow/deploy';
import { expect, it } from 'vitest';

import { dummyjsonProducts } from './deployments.ts';
import { exportProducts } from './flows/api.ts';

it('exports the products every night', () => {
  expect(isDeployment(dummyjsonProducts)).toBe(true);
  expect(dummyjsonProducts).toMatchObject({ name: 'dummyjson_products', schedules: [{ schedule: { cron: '0 0 * * *' } }] });
  expect(dummyjsonProducts.flow).toBe(exportProducts);
});
