import { deployFactory } from '@tributary/flow';

import { dbtCommandFlow } from './flows/dbt-command.ts';

export const dbtDownstreamModel = deployFactory({
  name: 'dbt_downstream_model',
  flow: dbtCommandFlow,
  parameters: { subCmd: 'build', models: 'stage_dummyjson__products+' },
});
