import { expect, it } from 'vitest';
import { z } from 'zod';

import { printRegistry } from './print-registry.ts';
import { printType } from './print-type.ts';

function typeOf(schema: z.ZodType): string {
  return printType(z.toJSONSchema(schema, { io: 'input' }));
}

it('plain fields, literals, lists, tuples and unions are printed', () => {
  const schema = z.strictObject({
    subCmd: z.enum(['run', 'build']).default('build'),
    'dry-run': z.boolean(),
    limit: z.int().min(1).nullable(),
    since: z.iso.datetime().optional(),
    names: z.array(z.string()),
    pairs: z.array(z.tuple([z.string(), z.number()])),
    either: z.array(z.union([z.literal(1), z.literal('it\'s "so"'), z.null()])),
    nothing: z.never().optional(),
    anything: z.unknown(),
  });
  expect(typeOf(schema)).toBe(
    `{
  subCmd?: 'run' | 'build' | undefined;
  'dry-run': boolean;
  limit: number | null;
  since?: string | undefined;
  names: readonly string[];
  pairs: readonly (readonly [string, number])[];
  either: readonly (1 | 'it\\'s "so"' | null)[];
  nothing?: never;
  anything: unknown;
}`,
  );
});

it('nested objects, records and loose objects are printed with their own types', () => {
  const schema = z.object({ inner: z.strictObject({ tags: z.record(z.string(), z.number()) }), loose: z.looseObject({ id: z.string() }) });
  expect(printType({ ...z.toJSONSchema(schema, { io: 'input' }), additionalProperties: false })).toBe(
    `{
  inner: {
    tags: Record<string, number>;
  };
  loose: {
    id: string;
    [key: string]: unknown;
  };
}`,
  );
});

it("descriptions become comments that can't end early", () => {
  expect(typeOf(z.strictObject({ models: z.string().describe("dbt's selection,\n e.g. stage_*/ *") }))).toContain(
    "  /** dbt's selection, e.g. stage_* / * */\n  models: string;",
  );
});

it('a recursive type ends as unknown', () => {
  const tree: z.ZodType = z.strictObject({
    name: z.string(),
    get children() {
      return z.array(tree);
    },
  });
  expect(typeOf(tree)).toBe('{\n  name: string;\n  children: readonly {\n    name: string;\n    children: readonly unknown[];\n  }[];\n}');
});

it('no parameters, and an empty schema', () => {
  expect(printType({ type: 'object', properties: {}, additionalProperties: false })).toBe('Record<string, never>');
  expect(printType({})).toBe('unknown');
});

it('the text is the same for any order of deployments, and a parameter that the deployment gives is optional', () => {
  const schema = { type: 'object', properties: { models: { type: 'string' } }, required: ['models'], additionalProperties: false };
  const free = { name: 'dbt/any', schema, parameters: {}, result: null };
  const fixed = { name: 'dbt/fixed', schema, parameters: { models: 'x+' }, result: null };
  const text = printRegistry([fixed, free]);
  expect(text).toBe(printRegistry([free, fixed]));
  expect(text).toBe(`// Written by \`npx nx sync\` from deployments.ts: the names and parameters that runDeployment accepts. Do not edit.
export {};

declare module '@tributary/flow' {
  interface Deployments {
    'dbt/any': {
      models: string;
    };
    'dbt/fixed': {
      models?: string | undefined;
    };
  }
}
`);
});

it('the result of a flow that declares it is printed, and what JSON changes is unknown', () => {
  const schema = z.object({ rows: z.int().default(0), days: z.array(z.iso.date()), at: z.date(), id: z.bigint() });
  const result = z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' });
  const none = { type: 'object', properties: {}, additionalProperties: false };
  expect(printRegistry([{ name: 'load/shop', schema: none, parameters: {}, result }])).toContain(`  interface DeploymentResults {
    'load/shop': {
      rows: number;
      days: readonly string[];
      at: unknown;
      id: unknown;
    };
  }
`);
});
