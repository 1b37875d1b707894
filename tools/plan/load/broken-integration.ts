import type { Fault } from '@tributary/contract/error';
import type { Finding } from '@tributary/contract/nouns/plan';

import type { Project } from './project.ts';

/** Makes the error of an integration whose deployments can't be loaded. Without a place, it is about the integration's deployments.ts. */
export function brokenIntegration(
  { name, root }: Project,
  { message, file, line }: Pick<Fault, 'message'> & { readonly file?: string | null; readonly line?: number | null },
): Finding {
  return {
    code: 'broken_integration',
    severity: 'error',
    message,
    file: file ?? `${root}/deployments.ts`,
    line: line ?? null,
    integration: name,
    command: null,
  };
}
