import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, it } from 'vitest';

import { setVariables } from './set-variables.ts';

const root = mkdtempSync(join(tmpdir(), 'tributary-variables-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('variables of .env files are set, the local file first, but none that is set already', () => {
  writeFileSync(join(root, '.env'), 'REGION=eu\nSCHEMA="raw data"\nSET=file\n');
  writeFileSync(join(root, '.env.local'), 'REGION=us\n');
  const env: NodeJS.ProcessEnv = { SET: 'shell' };
  setVariables(root, env);
  expect(env).toEqual({ SET: 'shell', REGION: 'us', SCHEMA: 'raw data' });
});
