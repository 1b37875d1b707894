import { deployFactory } from '@tributary/flow';

import { extractLoad as extractLoadFlow } from './flows/01_extract_load.ts';
import { dbtFlow } from './flows/02_dbt.ts';
import { dashboards as dashboardsFlow } from './flows/03_dashboards.ts';
import { orchestratingFlow } from './flows/04_orchestrating_flow.ts';
import { orchestratingFlowOneCall } from './flows/04_orchestrating_flow_one_call.ts';
import { mappingOverFlowsInParallel } from './flows/05_mapping_over_flows_in_parallel.ts';

const common = { name: 'jaffle_shop', pool: 'dev' };

export const extractLoad = deployFactory({ ...common, flow: extractLoadFlow });
// Two runs of dbt would build the same tables of the same schema at once.
export const dbt = deployFactory({ ...common, flow: dbtFlow, concurrencyLimit: 1 });
export const dashboards = deployFactory({ ...common, flow: dashboardsFlow });
export const orchestrating = deployFactory({ ...common, flow: orchestratingFlow });
export const orchestratingOneCall = deployFactory({ ...common, flow: orchestratingFlowOneCall });
export const mapping = deployFactory({ ...common, flow: mappingOverFlowsInParallel });
