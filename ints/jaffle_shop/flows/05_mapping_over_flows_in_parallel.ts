import { createFlowRun, flow } from '@tributary/flow';

import { allParameters, dbtParameters, extractLoadParameters, postgresParameters } from './parameters.ts';

/** Starts four flows of the jaffle shop at once, and waits for none. They need the tables that 04_orchestrating_flow has made before. */
export const mappingOverFlowsInParallel = flow({ name: '05_mapping_over_flows_in_parallel', parameters: allParameters }, async (all) => {
  const children = await Promise.all([
    createFlowRun('01_extract_load/jaffle_shop', { parameters: extractLoadParameters.parse(all) }),
    createFlowRun('02_dbt/jaffle_shop', { parameters: dbtParameters.parse(all) }),
    createFlowRun('03_dashboards/jaffle_shop', { parameters: postgresParameters.parse(all) }),
    createFlowRun('04_orchestrating_flow/jaffle_shop', { parameters: { ...all, decidedBy: 'run' }, queue: 'backfill' }),
  ]);
  return children.map(({ id }) => id);
});
