import { createClient, patience } from '@tributary/contract/client';
import { isCloud } from '@tributary/contract/cloud';
import { isTributaryError, TributaryError } from '@tributary/contract/error';
import { adminRoutes } from '@tributary/contract/routes/admin';
import { flowRoutes } from '@tributary/contract/routes/flows';

import { authorizationOf, type Credential, credentialFor, credentialNames, type Environment } from './credential.ts';
import { readHealth } from './health.ts';
import { nodeTransport } from './node-transport.ts';
import { checkVersion } from './prefect-version.ts';

const routes = { ...adminRoutes, ...flowRoutes };
/** in milliseconds */
const timeout = 5000;

/** The server at a URL, and the credential that the server accepted. */
export interface Probe {
  readonly kind: 'tributary' | 'prefect';
  readonly credential: Credential | null;
  readonly authorization: string | undefined;
  readonly features: readonly string[];
  /** a sentence for the user */
  readonly note?: string | undefined;
}

/**
 * Finds out which kind of server answers at a URL. It reads `/health` first: that route needs no credential, and only a Tributary server
 * answers it with a boot header. So each server gets only a credential that is meant for its kind.
 * @param origin where the URL was given, for messages: `TRIBUTARY_API_URL`
 * @param health the answer of `/health`, if it is known already
 * @throws `unreachable`, `unauthorized`, `not_found` for an unknown workspace of Prefect Cloud, `bad_answer` for another kind of server,
 * `unsupported` for an old Prefect, `too_many_requests` or `server_error` when the server stays busy
 */
export async function probe(
  url: string,
  origin: string,
  env: Environment,
  health?: Awaited<ReturnType<typeof readHealth>>,
): Promise<Probe> {
  const { boot } = health ?? (await readHealth(url, origin));
  const kind = boot ? 'tributary' : 'prefect';
  const credential = credentialFor(kind, env);
  const authorization = authorizationOf(credential, env);
  const client = createClient(routes, { url, authorization, patience: patience.command, transport: nodeTransport });
  const asked = { url, origin, kind, credential } as const;
  try {
    const about = await client.readTributary({ timeout });
    return { kind: 'tributary', credential, authorization, features: about.data.features };
  } catch (error) {
    // Prefect servers and Cloud don't know this route, and refuse it in several ways. The probe then goes on to Prefect's routes.
    if (kind === 'tributary' || !isRefusal(error)) throw explainProbeFailure(error, asked);
  }
  try {
    const [version] = await Promise.all([readVersion(client, url), client.countFlows({ body: {}, timeout })]);
    return { kind, credential, authorization, features: [], note: version === undefined ? undefined : checkVersion(url, version) };
  } catch (error) {
    throw explainProbeFailure(error, asked);
  }
}

/** @returns undefined for Cloud, which has no version; null when a server doesn't report one */
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
        ? `The server at ${url} refused the credential in ${credential.variable}: put a valid credential there.`
        : `The server at ${url} asks for a credential: set ${credentialNames(kind)}.`) + hintFor(url),
      { cause: error, facts: error.facts },
    );
  if (isTributaryError(error, 'not_found') && isCloud(url))
    return new TributaryError(
      'not_found',
      `There is no workspace at ${url} (from ${origin}) for this key: copy the workspace's URL from its settings in Prefect Cloud.`,
      { cause: error },
    );
  if (isTributaryError(error, 'not_found') || isTributaryError(error, 'bad_answer') || isTributaryError(error, 'invalid_request'))
    return new TributaryError(
      'bad_answer',
      `${url} (from ${origin}) isn't the API of a Tributary or Prefect server.${hintFor(url)}`,
      // The cause's facts are left out, because with them this error would look like a server's answer to a request.
      { cause: error },
    );
  if (isTributaryError(error, 'too_many_requests') || isTributaryError(error, 'server_error'))
    return new TributaryError(error.code, `The server at ${url} (from ${origin}) is not available: ${error.message}`, {
      cause: error,
      facts: error.facts,
    });
  return error;
}

/** Suggests the URL with `/api`, because outside of `/api` a Prefect server answers any path with a web page. */
function hintFor(url: string): string {
  return url.endsWith('/api') || isCloud(url) ? '' : ` Did you mean ${new URL(url).origin}/api?`;
}
