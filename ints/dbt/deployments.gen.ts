// Written by `npx nx sync` from deployments.ts: the names and parameters that runDeployment accepts. Do not edit.
export {};

declare module '@tributary/flow' {
  interface Deployments {
    'dbt-command-flow/dbt_downstream_model': {
      subCmd?: 'build' | 'run' | 'test' | 'seed' | 'snapshot' | 'compile' | 'clone' | 'show' | 'ls' | 'list' | 'docs generate' | 'source freshness' | undefined;
      /** dbt's selection syntax */
      models?: string | undefined;
    };
  }
}
