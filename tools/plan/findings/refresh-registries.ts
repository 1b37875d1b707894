import { join } from 'node:path';

import { messageOf } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';

import type { Loaded } from '../load/loaded.ts';
import { hasText, registryOf } from '../registry/print-registry.ts';
import { readText } from '../read-text.ts';
import { replaceFile } from '../replace-file.ts';

/**
 * Compares the `deployments.gen.ts` of each integration with its deployments. On a workstation, a stale file is written anew, with a warning. In
 * CI a stale file is an error, because a new one would be lost. Integrations with an error are left alone.
 * @param options.root the workspace
 */
export async function refreshRegistries(
  loaded: readonly Loaded[],
  { root, isCI }: { readonly root: string; readonly isCI: boolean },
): Promise<Finding[]> {
  const sound = loaded.filter(({ error }) => error === undefined);
  const findings = await Promise.all(
    sound.map(async ({ project, deployments }) => {
      const file = `${project.root}/deployments.gen.ts`;
      const text = registryOf(deployments);
      if (hasText(readText(join(root, file)), text)) return [];
      const failure = isCI ? undefined : await replace(join(root, file), text);
      return [toFinding(file, project.name, { isCI, failure })];
    }),
  );
  return findings.flat();
}

/** Whether this is a job of CI, where files that are written are lost. */
export function runsInCI({ CI: value }: NodeJS.ProcessEnv): boolean {
  return value !== undefined && value !== '' && value !== 'false' && value !== '0';
}

/** @returns the reason if the file can't be written */
async function replace(file: string, text: string): Promise<string | undefined> {
  try {
    await replaceFile(file, text);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function toFinding(file: string, integration: string, outcome: { readonly isCI: boolean; readonly failure: string | undefined }): Finding {
  const content = 'the names and parameters in deployments.ts';
  const finding = { code: 'stale_registry', file, line: null, integration } as const;
  const command = 'npx nx sync';
  if (outcome.isCI) {
    const message = `This file doesn't match ${content}. Run \`${command}\` and commit the file.`;
    return { ...finding, severity: 'error', message, command };
  }
  if (outcome.failure !== undefined) {
    const message = `This file doesn't match ${content} and can't be written: ${outcome.failure}.`;
    return { ...finding, severity: 'warning', message, command };
  }
  const message = `This file didn't match ${content}, so it was written anew. Commit it.`;
  return { ...finding, severity: 'warning', message, command: null };
}
