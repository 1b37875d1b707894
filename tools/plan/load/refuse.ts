import type { Finding } from '@tributary/contract/nouns/plan';

import type { Loaded } from './loaded.ts';

/** Gives the first of these errors to the integration that it is about. The integration then isn't compared or deployed. */
export function refuse(loaded: readonly Loaded[], findings: readonly Finding[]): Loaded[] {
  const errors = findings.filter(({ severity }) => severity === 'error').toReversed();
  const first = new Map(errors.map((finding) => [finding.integration, finding]));
  return loaded.map((one) => {
    const error = one.error ?? first.get(one.project.name);
    return error ? { ...one, error } : one;
  });
}
