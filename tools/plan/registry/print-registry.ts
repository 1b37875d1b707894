import type { DesiredDeployment } from '@tributary/flow/deploy';

import { printType, quote } from './print-type.ts';

/** A deployment in the registry. */
interface Entry {
  /** `flow/deployment` */
  readonly name: string;
  readonly schema: unknown;
  /** the deployment's own parameters, which a caller may leave out */
  readonly parameters: Readonly<Record<string, unknown>>;
  /** the JSON Schema of its flow's result; null if the flow doesn't declare it */
  readonly result: unknown;
}

/** Prints the deployments.gen.ts of an integration with these deployments. */
export function registryOf(deployments: readonly DesiredDeployment[]): string {
  return printRegistry(
    deployments.map(({ name, request, result }) => ({
      name,
      schema: request.parameter_openapi_schema,
      parameters: request.parameters ?? {},
      result,
    })),
  );
}

/** Whether a file has this text. git for Windows writes files with other line breaks. Both may be missing. */
export function hasText(file: string | null | undefined, text: string | undefined): boolean {
  return file?.replaceAll('\r\n', '\n') === text;
}

/** Prints a deployments.gen.ts. The text doesn't depend on the order of the deployments. */
export function printRegistry(entries: readonly Entry[]): string {
  const sorted = entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const indent = '    ';
  const parameters = sorted.map(({ name, schema, parameters: given }) =>
    member(name, printType(schema, { indent, optional: Object.keys(given) })),
  );
  const results = sorted.flatMap(({ name, result }) => (result === null ? [] : [member(name, printType(result, { indent }))]));
  return [
    '// Written by `npx nx sync` from deployments.ts: the names and parameters that runDeployment accepts. Do not edit.\n',
    'export {};\n\n',
    "declare module '@tributary/flow' {\n",
    ...printInterface('Deployments', parameters),
    ...(results.length > 0 ? printInterface('DeploymentResults', results) : []),
    '}\n',
  ].join('');
}

function member(name: string, type: string): string {
  return `    ${quote(name)}: ${type};\n`;
}

function printInterface(name: string, members: readonly string[]): string[] {
  return [`  interface ${name} {\n`, ...members, '  }\n'];
}
