import { type Dbt, dbt } from '@tributary/dbt';
import { checkout, flow, logger, task } from '@tributary/flow';

import { connectionTo } from './connection.ts';
import { dbtParameters } from './parameters.ts';

const checkOut = task({ name: 'checkout' }, checkout);
// Never `build`: it would load the project's seeds over the tables of 01_extract_load.
const runModels = task({ name: 'run' }, (project: Dbt) => project.run());
const testModels = task({ name: 'test' }, (project: Dbt) => project.test());

/** Builds and tests the models of the jaffle shop, whose dbt project has a repository of its own. */
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
        // If dbt is killed, Postgres 14 and newer ends dbt's query within a second, so that a retry doesn't wait for the query.
        PGOPTIONS: '-c client_connection_check_interval=1s',
      },
    });
    const { nodes } = await runModels(project);
    const tests = testModels.submit(project);
    if (decidedBy === 'run and test') await tests.result();
    const tested = await tests.wait();
    if (tested?.type === 'FAILED') logger.warning('The models are built, but not all tests passed: %s', tested.message);
    return { commit, models: nodes.length, tested: tested?.type === 'COMPLETED' };
  },
);
