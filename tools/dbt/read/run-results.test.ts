import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, it } from 'vitest';

import { readRunResults } from './run-results.ts';

let target: string;
beforeAll(() => {
  target = mkdtempSync(join(tmpdir(), 'tributary-run-results-'));
});
afterAll(() => rmSync(target, { recursive: true }));

it('keeps every digit of what an adapter reports', () => {
  writeFileSync(
    join(target, 'run_results.json'),
    `{"metadata":{"dbt_version":"1.11.0"},"elapsed_time":1.5,"results":[{"unique_id":"model.shop.orders","status":"success",
      "execution_time":0.25,"adapter_response":{"job":723456789012345677,"bytes":[-9007199254740993],"rows_affected":12}}]}`,
  );
  expect(readRunResults(target).results[0]).toMatchObject({
    execution_time: 0.25,
    adapter_response: { job: 723456789012345677n, bytes: [-9007199254740993n], rows_affected: 12 },
  });
});
