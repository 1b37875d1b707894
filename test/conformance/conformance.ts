// Sends the same requests to our server and to a real Prefect server, both fresh, and compares what they answer. The last line is
// `N passed, N failed`. Options: --only <topic> (repeatable), --json, and --theirs <url> for a Prefect server that is already running.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { fromMillis } from '@tributary/contract/time';
import { startServer } from '@tributary/server';

import { differences } from './differences.ts';
import { report } from './report/report.ts';
import { checkContract } from './rules/check-contract.ts';
import { checkCoverage } from './rules/check-coverage.ts';
import { checkOpenApi, ourOpenApi, readOpenApi } from './rules/check-openapi.ts';
import { checkSurface } from './rules/check-surface.ts';
import { forgive } from './rules/forgive.ts';
import { runTopics } from './run-topics.ts';
import { startTheirs } from './start-theirs.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true, default: [] }, json: { type: 'boolean', default: false }, theirs: { type: 'string' } },
});

const home = mkdtempSync(join(tmpdir(), 'tributary-conformance-'));
const ours = await startServer({ home, port: 0 });
const prefect = values.theirs ? undefined : await startTheirs();
try {
  const begin = performance.now();
  const theirUrl = prefect?.url ?? values.theirs ?? '';
  const result = await runTopics({
    ours: ours.url,
    theirs: theirUrl,
    only: values.only,
    tag: randomBytes(3).toString('hex'),
    start: fromMillis(Date.now()),
  });
  const document = await readOpenApi(theirUrl);
  const checks = [
    ...forgive(result.checks, differences, result.topics),
    ...checkContract(result.theirs),
    ...checkOpenApi("Prefect's OpenAPI", document, result.ours),
    ...checkOpenApi('our OpenAPI', ourOpenApi(), result.ours),
    ...(values.only.length === 0 ? [...checkCoverage(result.ours), ...(await checkSurface(document, ours.url))] : []),
  ];
  const { text, failed } = report(checks, { json: values.json, seconds: (performance.now() - begin) / 1000 });
  console.log(text);
  process.exitCode = failed > 0 ? 1 : 0;
} finally {
  await Promise.all([ours.close(), prefect?.stop()]);
  rmSync(home, { recursive: true, force: true });
}
