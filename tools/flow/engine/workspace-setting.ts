import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { issuesOf, messageOf, TributaryError } from '@tributary/contract/error';
import { z } from 'zod';

const nxJson = z.object({ tributary: z.strictObject({ engine: z.enum(['prefect', 'embedded']).optional() }).optional() });

/**
 * Reads `"tributary": {"engine": …}` of nx.json, which says whether the workspace uses the server of PREFECT_API_URL.
 * @throws `misuse` when nx.json can't be read, or the setting is invalid
 */
export async function readEngineSetting(root: string): Promise<'prefect' | 'embedded' | undefined> {
  const file = join(root, 'nx.json');
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new TributaryError('misuse', `${file} can't be read: ${messageOf(error)}.`, { cause: error });
  }
  const parsed = nxJson.safeParse(json);
  if (parsed.success) return parsed.data.tributary?.engine;
  const [issue] = issuesOf(parsed.error);
  throw new TributaryError('misuse', `${file}: ${issue?.path ?? 'tributary'}: ${issue?.message ?? 'is invalid'}.`);
}
