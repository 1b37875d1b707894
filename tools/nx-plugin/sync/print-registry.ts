import { printType, quote } from './print-type.ts';

/** A deployment in the registry. */
export interface Entry {
  /** `flow/deployment` */
  readonly name: string;
  readonly schema: unknown;
  /** the deployment's own parameters, which a caller may leave out */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Prints an integration's deployments.gen.ts. The text doesn't depend on the order of the deployments. */
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
