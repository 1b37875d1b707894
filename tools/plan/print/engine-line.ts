import type { Plan } from '@tributary/contract/nouns/plan';

/** What is done with integrations: the command, and the targets of Nx. */
export type Verb = 'plan' | 'deploy';

/** Prints the first line. It names the engine, so that the user notices a wrong one. */
export function engineLine(verb: Verb, { url, kind }: Plan['engine']): string {
  const kinds = { embedded: "this workspace's server", tributary: 'a Tributary server', prefect: 'a Prefect server' };
  return `${verb === 'plan' ? 'Planning against' : 'Deploying to'} ${url} (${kinds[kind]})`;
}
