import { deployFactory } from '@tributary/flow';

import { exportProducts } from './flows/api.ts';

export const dummyjsonProducts = deployFactory({ name: 'dummyjson_products', flow: exportProducts, cron: '0 0 * * *' });
