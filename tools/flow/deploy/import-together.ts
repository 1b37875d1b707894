import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { recordExternals } from '../run/children/external-declarations.ts';
import type { SharedFiles } from './load-deployments.ts';

/**
 * Imports files before {@link loadDeployments} loads them, through one module that imports them all. An import of each file by itself would
 * walk through the modules of the framework once for each file, which takes a third of the time in which hundreds of integrations load.
 * Never rejects: if a file is broken, the import of that file by itself gives the reason. Doesn't wait for an `await` at the top level of a file.
 * @param shared what the loads share too
 */
export async function importTogether(files: readonly string[], shared: SharedFiles): Promise<void> {
  recordExternals();
  const statements = files.flatMap((file) => {
    const url = urlOf(file, shared);
    return url === undefined ? [] : [`import ${JSON.stringify(url)};`];
  });
  const imported = import(`data:text/javascript,${encodeURIComponent(statements.join('\n'))}`).catch(() => undefined);
  await Promise.race([imported, setImmediate()]);
}

/** @returns undefined if the file can't be read */
function urlOf(file: string, { real }: SharedFiles): string | undefined {
  try {
    return pathToFileURL(real(file)).href;
  } catch {
    return undefined;
  }
}
