import type { Files } from './repository.ts';

const link = (folder: string) => ({ resolved: folder, link: true });
const npm = (name: string, dependencies: Readonly<Record<string, string>> = {}) => ({
  version: '1.0.0',
  integrity: `sha512-${name}`,
  dependencies,
});

/** A lockfile of npm. @param changes replace or add packages by location */
export function lockfile(changes: Readonly<Record<string, object>> = {}): object {
  return {
    name: 'workspace',
    lockfileVersion: 3,
    packages: {
      '': { name: 'workspace', workspaces: ['tools/*', 'ints'] },
      ints: { name: 'ints', dependencies: { '@tributary/flow': '1.0.0', '@tributary/dbt': '1.0.0', pg: '1.0.0' } },
      'node_modules/@tributary/contract': link('tools/contract'),
      'node_modules/@tributary/dbt': link('tools/dbt'),
      'node_modules/@tributary/flow': link('tools/flow'),
      'node_modules/@tributary/server': link('tools/server'),
      'node_modules/left-pad': npm('left-pad'),
      'node_modules/optional': npm('optional'),
      'node_modules/peer': npm('peer'),
      // These two need each other.
      'node_modules/pg': npm('pg', { 'pg-pool': '1' }),
      'node_modules/pg-pool': { ...npm('pg-pool', { split: '2' }), peerDependencies: { pg: '1', 'pg-native': '1' } },
      'node_modules/pg-pool/node_modules/split': npm('split-of-pg-pool'),
      'node_modules/split': npm('split'),
      'node_modules/yaml': { ...npm('yaml'), peerDependencies: { peer: '1' }, optionalDependencies: { optional: '1', absent: '1' } },
      'node_modules/zod': npm('zod'),
      'tools/contract': { name: '@tributary/contract', version: '1.0.0', dependencies: { zod: '1' } },
      'tools/dbt': { name: '@tributary/dbt', version: '1.0.0', dependencies: { '@tributary/flow': '1.0.0', yaml: '1' } },
      'tools/flow': { name: '@tributary/flow', version: '1.0.0', dependencies: { '@tributary/contract': '1.0.0' } },
      'tools/server': { name: '@tributary/server', version: '1.0.0', dependencies: { 'left-pad': '1' } },
      ...changes,
    },
  };
}

/**
 * Three integrations: `shop` imports files of `ints/shared` and a package, `dbt` has models and imports a package of the workspace, and `bare`
 * has nothing but its deployments.ts. Imports in the texts have double quotes, so that test/architecture.test.ts doesn't take them for this file's.
 */
export const sampleWorkspace: Files = {
  'README.md': '# Workspace\n',
  'nx.json': {},
  'package.json': { name: 'workspace', private: true },
  'package-lock.json': lockfile(),
  '.gitignore': 'node_modules\n.tributary\n*.local.ts\n',
  'ints/package.json': { name: 'ints', dependencies: { '@tributary/flow': '1.0.0', '@tributary/dbt': '1.0.0', pg: '1.0.0' } },
  'ints/shop/deployments.ts': [
    'import { deployFactory } from "@tributary/flow";',
    'import { load } from "./flows/load.ts";',
    'export const nightly = deployFactory({ name: "nightly", flow: load });',
  ].join('\n'),
  'ints/shop/flows/load.ts': [
    'import { readFile } from "node:fs/promises";',
    'import pg from "pg";',
    'import type { Row } from "../../shared/types.ts";',
    'import { pageSize } from "../../shared/index.ts";',
    'import settings from "./settings.json" with { type: "json" };',
    'export const load = async (): Promise<Row> => {',
    '  const { late } = await import("./late.ts");',
    '  const text = await readFile(new URL("../query.sql", import.meta.url), "utf8");',
    '  return { pg, pageSize, settings, late, text };',
    '};',
  ].join('\n'),
  'ints/shop/flows/late.ts': 'export const late = 1;\n',
  'ints/shop/flows/unused.ts': 'export const unused = 1;\n',
  'ints/shop/flows/load.test.ts': 'import "./load.ts";\n',
  'ints/shop/flows/settings.json': { size: 1 },
  'ints/shop/query.sql': 'select 1\n',
  'ints/shop/README.md': '# Shop\n',
  'ints/shared/index.ts': 'export * from "./pages.ts";\n',
  'ints/shared/pages.ts': 'export { pageSize } from "./constants.ts";\n',
  'ints/shared/constants.ts': 'export const pageSize = 50;\n',
  'ints/shared/types.ts': 'export type Row = object;\n',
  'ints/shared/sql/rows.sql': 'select 2\n',
  'ints/dbt/deployments.ts':
    'import { deployFactory } from "@tributary/flow";\nimport { runDbt } from "@tributary/dbt";\nexport const dbt = deployFactory({ flow: runDbt });\n',
  'ints/dbt/models/mart.sql': 'select 3\n',
  'ints/dbt/models/mart.yml': 'version: 2\n',
  'ints/bare/deployments.ts': 'import { deployFactory } from "@tributary/flow";\nexport const bare = deployFactory({ name: "bare" });\n',
  'ints/bare/deployments.gen.ts': 'export {};\n',
  'tools/contract/index.ts': 'export const contract = 1;\n',
  'tools/dbt/index.ts': 'export const runDbt = 1;\n',
  'tools/flow/index.ts': 'export const deployFactory = (one: unknown) => one;\n',
  'tools/flow/run/host.ts': 'export const host = 1;\n',
  'tools/flow/run/host.test.ts': 'export {};\n',
  'tools/flow/test-support/server.ts': 'export const server = 1;\n',
  'tools/server/index.ts': 'export const server = 1;\n',
  'tools/cli/index.ts': 'export const cli = 1;\n',
};
