import { printType, quote } from './print-type.ts';

/** What the registry says of one deployment. */
export interface Entry {
  /** `flow/deployment` */
  readonly name: string;
  readonly schema: unknown;
  /** the deployment's own parameters: a caller may leave these out */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** The text of an integration's deployments.gen.ts: the same for the same deployments, in whatever order they come. */
export function printRegistry(entries: readonly Entry[]): string {
  const members = entries
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name, schema, parameters }) => {
      const type = printType(schema, { indent: '    ', optional: Object.keys(parameters) });
      return `    ${quote(name)}: ${type};\n`;
    });
  return [
    '// Written by `npx nx sync` from deployments.ts: the names and parameters that runDeployment accepts. Do not edit.\n',
    'export {};\n\n',
    "declare module '@tributary/flow' {\n",
    '  interface Deployments {\n',
    ...members,
    '  }\n',
    '}\n',
  ].join('');
}
