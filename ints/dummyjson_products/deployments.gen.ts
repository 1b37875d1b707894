// Written by `npx nx sync` from deployments.ts: the names and parameters that runDeployment accepts. Do not edit.
export {};

declare module '@tributary/flow' {
  interface Deployments {
    'export/dummyjson_products': {
      baseUrl?: string | undefined;
    };
  }
}
