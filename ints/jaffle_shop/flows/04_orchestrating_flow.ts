import { createFlowRun, flow, waitForFlowRun } from '@tributary/flow';

import { allParameters, dbtParameters, extractLoadParameters, postgresParameters } from './parameters.ts';

/** Runs the flows of the jaffle shop one after the other. Creates each, then waits for its end, and fails with it. */
export const orchestratingFlow = flow({ name: '04_orchestrating_flow', parameters: allParameters }, async (all) => {
  const extractLoad = await createFlowRun('01_extract_load/jaffle_shop', { parameters: extractLoadParameters.parse(all) });
  await waitForFlowRun(extractLoad, { raiseFinalState: true });
  const dbt = await createFlowRun('02_dbt/jaffle_shop', { parameters: dbtParameters.parse(all) });
  await waitForFlowRun(dbt, { raiseFinalState: true });
  const dashboards = await createFlowRun('03_dashboards/jaffle_shop', { parameters: postgresParameters.parse(all) });
  await waitForFlowRun(dashboards, { raiseFinalState: true });
});
