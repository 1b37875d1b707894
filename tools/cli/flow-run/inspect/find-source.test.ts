import { expect, it } from 'vitest';

import { findSource } from './find-source.ts';

it.each<[what: string, message: string, log: string, place: string | null]>([
  [
    'a task',
    "TypeError: x isn't a function",
    'Task "a" failed: TypeError: x isn\'t a function (flows/api.ts:12:9)',
    'ints/shop/flows/api.ts:12:9',
  ],
  ['a file that integrations share', 'boom', 'Flow run "a" failed: boom (../shared/read.ts:1:2)', 'ints/shared/read.ts:1:2'],
  ['a file outside of the workspace', 'boom', 'Flow run "a" failed: boom (/srv/lib/read.ts:1:2)', '/srv/lib/read.ts:1:2'],
  ['another error', 'boom', 'Flow run "a" failed: bang (flows/api.ts:12:9)', null],
  ['no place', 'boom', 'Flow run "a" failed: boom', null],
  ['a dbt model', 'model a failed: Runtime Error in model a (models/a.sql)\n  Parser Error: x\n  LINE 28: from', '', 'models/a.sql'],
  ["dbt's Jinja", 'Compilation Error in model a (models/a.sql)\n  unknown tag\n    line 3\n', '', 'models/a.sql:3'],
  [
    'a missing ref',
    "dbt parse failed\nCompilation Error\n  Model 'model.s.a' (models/a.sql) depends on a node named 'b'",
    '',
    'models/a.sql',
  ],
  ["dbt's YAML", 'Parsing Error\n  Error reading s: models/a.yml - Runtime Error\n    Syntax error near line 4', '', 'models/a.yml:4'],
  ['a dbt test that found rows', 'test unique failed: Got 1 result, configured to fail if != 0', '', null],
])('%s: the place that the error names', (_, message, log, place) => {
  expect(findSource(message, [log], 'ints/shop')?.place ?? null).toBe(place);
});

it("a place in the log stays as it is if the deployment's folder is unknown", () => {
  expect(findSource('boom', ['failed: boom (flows/api.ts:12:9)'], null)).toEqual({ place: 'flows/api.ts:12:9', of: 'flow' });
});
