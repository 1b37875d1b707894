// Written by `npx nx sync` from deployments.ts: the names and parameters that runDeployment accepts. Do not edit.
export {};

declare module '@tributary/flow' {
  interface Deployments {
    '01_extract_load/jaffle_shop': {
      host?: string | undefined;
      port?: number | undefined;
      database?: string | undefined;
      /** where the files are: <baseUrl>/raw_orders.csv */
      baseUrl?: string | undefined;
    };
    '02_dbt/jaffle_shop': {
      host?: string | undefined;
      port?: number | undefined;
      database?: string | undefined;
      dbtRepoUrl?: string | undefined;
      dbtRepoBranch?: string | undefined;
      /** the name of the secret that holds an access token, for a private repository */
      dbtRepoToken?: string | undefined;
      /** with "run", failing tests only draw a warning */
      decidedBy?: 'run' | 'run and test' | undefined;
    };
    '03_dashboards/jaffle_shop': {
      host?: string | undefined;
      port?: number | undefined;
      database?: string | undefined;
    };
    '04_orchestrating_flow/jaffle_shop': {
      host?: string | undefined;
      port?: number | undefined;
      database?: string | undefined;
      /** where the files are: <baseUrl>/raw_orders.csv */
      baseUrl?: string | undefined;
      dbtRepoUrl?: string | undefined;
      dbtRepoBranch?: string | undefined;
      /** the name of the secret that holds an access token, for a private repository */
      dbtRepoToken?: string | undefined;
      /** with "run", failing tests only draw a warning */
      decidedBy?: 'run' | 'run and test' | undefined;
    };
    '04_orchestrating_flow_one_call/jaffle_shop': {
      host?: string | undefined;
      port?: number | undefined;
      database?: string | undefined;
      /** where the files are: <baseUrl>/raw_orders.csv */
      baseUrl?: string | undefined;
      dbtRepoUrl?: string | undefined;
      dbtRepoBranch?: string | undefined;
      /** the name of the secret that holds an access token, for a private repository */
      dbtRepoToken?: string | undefined;
      /** with "run", failing tests only draw a warning */
      decidedBy?: 'run' | 'run and test' | undefined;
    };
    '05_mapping_over_flows_in_parallel/jaffle_shop': {
      host?: string | undefined;
      port?: number | undefined;
      database?: string | undefined;
      /** where the files are: <baseUrl>/raw_orders.csv */
      baseUrl?: string | undefined;
      dbtRepoUrl?: string | undefined;
      dbtRepoBranch?: string | undefined;
      /** the name of the secret that holds an access token, for a private repository */
      dbtRepoToken?: string | undefined;
      /** with "run", failing tests only draw a warning */
      decidedBy?: 'run' | 'run and test' | undefined;
    };
  }
}
