import { flow, runDeployment } from '@tributary/flow';

import { allParameters, dbtParameters, extractLoadParameters, postgresParameters } from './parameters.ts';

/** The same as 04_orchestrating_flow, with one call for each child. */
export const orchestratingFlowOneCall = flow({ name: '04_orchestrating_flow_one_call', parameters: allParameters }, async (all) => {
  await runDeployment('01_extract_load/jaffle_shop', { parameters: extractLoadParameters.parse(all), raiseFinalState: true });
  await runDeployment('02_dbt/jaffle_shop', { parameters: dbtParameters.parse(all), raiseFinalState: true });
  await runDeployment('03_dashboards/jaffle_shop', { parameters: postgresParameters.parse(all), raiseFinalState: true });
});
