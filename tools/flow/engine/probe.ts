import { createClient, patience } from '@tributary/contract/client';
import { isCloud } from '@tributary/contract/cloud';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { adminRoutes } from '@tributary/contract/routes/admin';
import { flowRoutes } from '@tributary/contract/routes/flows';

import { authorizationOf, type Credential, credentialFor, credentialNames, type Environment } from './credential.ts';
import { readHealth } from './health.ts';
import { nodeTransport } from './node-transport.ts';
import { judgeVersion } from './prefect-version.ts';

const routes = { ...adminRoutes, ...flowRoutes };
const timeout = 5000;

/** What answers at a URL, and with which credential. */
export interface Probe {
  readonly kind: 'tributary' | 'prefect';
  readonly credential: Credential | null;
  readonly authorization: string | undefined;
  readonly features: readonly string[];
  /** a sentence for people */
  readonly note?: string | undefined;
}

/**
 * Asks a URL what it is. Health needs no credential and tells Tributary (by its boot header) from Prefect, so that only the fitting
 * credential is ever sent.
 * @param origin how the URL was chosen, for sentences: `TRIBUTARY_API_URL`
 */
export async function probe(url: string, origin: string, env: Environment): Promise<Probe> {
  const health = await readHealth(url, origin);
  const kind = health.boot ? 'tributary' : 'prefect';
  const credential = credentialFor(kind, env);
  const authorization = authorizationOf(credential, env);
  const client = createClient(routes, { url, authorization, patience: patience.command, transport: nodeTransport });
  const asked = { url, origin, kind, credential } as const;
  try {
    const about = await client.readTributary({ timeout });
    return { kind: 'tributary', credential, authorization, features: about.data.features };
  } catch (error) {
    // What a Prefect server, or Cloud, makes of a route that it does not have says nothing.
    if (kind === 'tributary' || !isRefusal(error)) throw explainProbeFailure(error, asked);
  }
  try {
    const [version] = await Promise.all([readVersion(client, url), client.countFlows({ body: {}, timeout })]);
    return { kind, credential, authorization, features: [], note: version === undefined ? undefined : judgeVersion(url, version) };
  } catch (error) {
    throw explainProbeFailure(error, asked);
  }
}

/** @returns undefined for Cloud, which has no version; null when a server does not tell its own */
async function readVersion(client: ReturnType<typeof createClient<typeof routes>>, url: string): Promise<string | null | undefined> {
  if (isCloud(url)) return undefined;
  try {
    return (await client.adminVersion({ timeout })).data;
  } catch (error) {
    if (isTributaryError(error, 'not_found') || isTributaryError(error, 'bad_answer')) return null;
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return isTributaryError(error) && ['not_found', 'unauthorized', 'bad_answer', 'invalid_request'].includes(error.code);
}

interface Asked {
  readonly url: string;
  readonly origin: string;
  readonly kind: 'tributary' | 'prefect';
  readonly credential: Credential | null;
}

function explainProbeFailure(error: unknown, { url, origin, kind, credential }: Asked): unknown {
  if (isTributaryError(error, 'unauthorized'))
    return new TributaryError(
      'unauthorized',
      (credential
        ? `The server at ${url} refused the credential in ${credential.variable}: put the right one there.`
        : `The server at ${url} asks for a credential: set ${credentialNames(kind)}.`) + hintFor(url),
      { cause: error, facts: error.facts },
    );
  if (isTributaryError(error, 'not_found') && isCloud(url))
    return new TributaryError(
      'not_found',
      `There is no workspace at ${url} (from ${origin}) for this key: Prefect Cloud shows a workspace's URL in its settings.`,
      { cause: error },
    );
  if (isTributaryError(error, 'not_found') || isTributaryError(error, 'bad_answer') || isTributaryError(error, 'invalid_request'))
    return new TributaryError(
      'bad_answer',
      `What answers at ${url} (from ${origin}) is not the API of a Tributary or Prefect server.${hintFor(url)}`,
      // Its facts would make of this an answer about a route.
      { cause: error },
    );
  if (isTributaryError(error, 'too_many_requests') || isTributaryError(error, 'server_error'))
    return new TributaryError(error.code, `The server at ${url} (from ${origin}) can't be asked now: ${error.message}`, {
      cause: error,
      facts: error.facts,
    });
  return error;
}

/** Beside its API a Prefect server has pages, which answer anything. */
function hintFor(url: string): string {
  return url.endsWith('/api') || isCloud(url) ? '' : ` Did you mean ${new URL(url).origin}/api?`;
}
