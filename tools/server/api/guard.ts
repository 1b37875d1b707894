import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { Refusal } from './refusal.ts';

export interface Access {
  /** `user:password`; undefined lets everybody in who reaches the server */
  readonly authString: string | undefined;
  /** whether the server listens on loopback only: then no other name than a loopback one can be meant for it */
  readonly loopback: boolean;
}

const openPaths = new Set(['/api/health', '/api/ready']);
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** What a browser says of a page that is not ours; "same-site" is one on another port of this machine. */
const foreignSites = new Set(['cross-site', 'same-site']);

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The protocol's oldest version that is understood. */
const oldestVersion = [0, 8, 0] as const;

/** Errors: 400, for a client that says it speaks another protocol. */
export function checkVersion(given: string | undefined): void {
  if (!given) return;
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(given)?.slice(1).map(Number);
  if (!parts) throw new Refusal(400, { detail: `X-PREFECT-API-VERSION is "${given}", and not of the form x.y.z.` });
  const differs = oldestVersion.findIndex((part, index) => part !== parts[index]);
  if (differs >= 0 && (parts[differs] ?? 0) < (oldestVersion[differs] ?? 0))
    throw new Refusal(400, { detail: `This server speaks version ${oldestVersion.join('.')} of the API and later, not ${given}.` });
}

/**
 * Turns away who must not come in: pages of other sites, by name (DNS rebinding) or by origin, and clients without the auth string.
 * Errors: 401 and 403.
 */
export function guard(incoming: IncomingMessage, path: string, access: Access): void {
  const { host, origin, authorization } = incoming.headers;
  if (access.loopback && !loopbackNames.has(nameOf(host ?? '')) && !isLoopback(nameOf(host ?? '')))
    throw new Refusal(403, { detail: `This server listens on loopback only, and is not called ${host ?? 'nothing'}.` });
  if (foreignSites.has(String(incoming.headers['sec-fetch-site'])) || (origin !== undefined && !isOwn(origin, host)))
    throw new Refusal(403, { detail: `Pages of another site (${origin ?? 'unknown'}) may not call this server.` });
  if (access.authString === undefined || (incoming.method === 'GET' && openPaths.has(path))) return;
  if (authorization === undefined || !same(authorization, `Basic ${Buffer.from(access.authString).toString('base64')}`))
    throw new Refusal(
      401,
      {
        exception_message:
          'Unauthorized: this server wants its auth string. Give it in TRIBUTARY_API_AUTH_STRING (PREFECT_API_AUTH_STRING for Prefect).',
      },
      { 'www-authenticate': 'Basic realm="tributary"' },
    );
}

/** `127.0.0.1:4200` → `127.0.0.1` */
function nameOf(host: string): string {
  return host.replace(/:\d+$/, '').toLowerCase();
}

function isOwn(origin: string, host: string | undefined): boolean {
  return URL.canParse(origin) && new URL(origin).host === host?.toLowerCase();
}

/** In a time that tells nothing of where the two differ. */
function same(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
