import { createClient, patience } from '@tributary/contract/client';
import { isTributaryError, messageOf, TributaryError } from '@tributary/contract/error';
import { adminRoutes } from '@tributary/contract/routes/admin';
import { flowRoutes } from '@tributary/contract/routes/flows';
import { headers } from '@tributary/contract/routes/route';

import { authorizationOf, type Credential, credentialFor, credentialNames, type Environment } from './credential.ts';
import { nodeTransport } from './node-transport.ts';

const routes = { ...adminRoutes, ...flowRoutes };
const timeout = 5000;

/** What answers at a URL, and with which credential. */
export interface Probe {
  readonly kind: 'tributary' | 'prefect';
  readonly credential: Credential | null;
  readonly authorization: string | undefined;
  readonly features: readonly string[];
}

/**
 * Asks a URL what it is. Health needs no credential and tells Tributary (by its boot header) from Prefect, so that only the fitting
 * credential is ever sent.
 * @param origin how the URL was chosen, for sentences: `TRIBUTARY_API_URL`
 */
export async function probe(url: string, origin: string, env: Environment): Promise<Probe> {
  const health = await readBoot(url);
  if (health.failure) throw unreachable(url, origin, health.failure);
  const kind = health.boot ? 'tributary' : 'prefect';
  const credential = credentialFor(kind, env);
  const authorization = authorizationOf(credential, env);
  const client = createClient(routes, { url, authorization, patience: patience.none, transport: nodeTransport });
  try {
    const about = await client.readTributary({ timeout });
    return { kind: 'tributary', credential, authorization, features: about.data.features };
  } catch (error) {
    if (!isTributaryError(error, 'not_found')) throw explain(error, { url, origin, kind, credential });
  }
  try {
    await client.countFlows({ body: {}, timeout });
  } catch (error) {
    throw explain(error, { url, origin, kind, credential });
  }
  return { kind: 'prefect', credential, authorization, features: [] };
}

/** The life of the Tributary server at a URL; no boot: another kind of server; a failure: none at all. */
export async function readBoot(url: string): Promise<{ readonly boot?: string | undefined; readonly failure?: unknown }> {
  try {
    const answer = await nodeTransport({ method: 'GET', url: `${url}/health`, headers: { accept: 'application/json' }, timeout });
    return { boot: answer.status === 200 && answer.text.trim() === 'true' ? answer.headers[headers.boot] : undefined };
  } catch (failure) {
    return { failure };
  }
}

function unreachable(url: string, origin: string, failure: unknown): TributaryError {
  return new TributaryError(
    'unreachable',
    `No server answers at ${url} (from ${origin}): ${messageOf(failure)}. Is it running, and is the URL right?`,
    { cause: failure },
  );
}

interface Asked {
  readonly url: string;
  readonly origin: string;
  readonly kind: 'tributary' | 'prefect';
  readonly credential: Credential | null;
}

function explain(error: unknown, { url, origin, kind, credential }: Asked): unknown {
  if (isTributaryError(error, 'unauthorized'))
    return new TributaryError(
      'unauthorized',
      credential
        ? `The server at ${url} refused the credential in ${credential.variable}: put the right one there.`
        : `The server at ${url} asks for a credential: set ${credentialNames(kind)}.`,
      { cause: error, facts: error.facts },
    );
  if (isTributaryError(error, 'not_found') || isTributaryError(error, 'bad_answer') || isTributaryError(error, 'invalid_request'))
    return new TributaryError(
      'bad_answer',
      `What answers at ${url} (from ${origin}) is not the API of a Tributary or Prefect server.${url.endsWith('/api') ? '' : ` Did you mean ${url}/api?`}`,
      { cause: error, facts: error.facts },
    );
  return error;
}
