import { type Dbt, dbt } from '@tributary/dbt';
import { checkout, flow, logger, task } from '@tributary/flow';

import { connectionTo } from './connect.ts';
import { dbtParameters } from './parameters.ts';

const checkOut = task({ name: 'checkout', runName: 'checkout' }, checkout);
const runModels = task({ name: 'run', runName: 'run' }, (project: Dbt) => project.run());
const runTests = task({ name: 'test', runName: 'test' }, (project: Dbt) => project.test());

/**
 * Builds and tests the models of the jaffle shop, whose dbt project is in a repository of its own. Never `dbt build`: it would load the
 * project's seeds over the tables of 01_extract_load.
 */
export const dbtFlow = flow(
  { name: '02_dbt', parameters: dbtParameters },
  async ({ dbtRepoUrl, dbtRepoBranch, dbtRepoToken, decidedBy, ...postgres }) => {
    const { dir, commit } = await checkOut({ repository: dbtRepoUrl, ref: dbtRepoBranch, token: dbtRepoToken });
    const { host, port, database, user, password } = await connectionTo(postgres);
    const project = dbt({
      projectDir: dir,
      profilesDir: `${import.meta.dirname}/../profiles`,
      env: {
        POSTGRES_HOST: host,
        POSTGRES_PORT: String(port),
        POSTGRES_DATABASE: database,
        POSTGRES_USER: user,
        DBT_ENV_SECRET_POSTGRES_PASS: password,
      },
    });
    const models = await runModels(project);
    const tests = runTests.submit(project);
    if (decidedBy === 'run and test') await tests.result();
    else await tests.result().catch((error: unknown) => logger.warning('The models were built, but %s', error));
    return { commit, models: models.nodes.length };
  },
);
