import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

import { Refusal } from '../refusal.ts';

export interface Access {
  /** `user:password`; if undefined, every client has access */
  readonly authString: string | undefined;
  /** whether the server listens on loopback only; requests to other host names are then refused */
  readonly loopback: boolean;
}

const openPaths = new Set(['/api/health', '/api/ready']);
const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Values of Sec-Fetch-Site for pages of other origins. "same-site" is a page on another port of this machine. */
const foreignSites = new Set(['cross-site', 'same-site']);

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The oldest supported version of Prefect's REST API. */
const oldestVersion = [0, 8, 0] as const;

/**
 * Checks the client's API version.
 * @param given the header X-PREFECT-API-VERSION
 * @throws Refusal 400 if the version is older than the oldest supported one, or isn't a version
 */
export function checkVersion(given: string | undefined): void {
  if (!given) return;
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(given)?.slice(1).map(Number);
  if (!parts) throw new Refusal(400, { detail: `X-PREFECT-API-VERSION is "${given}". It must have the form x.y.z.` });
  const differs = oldestVersion.findIndex((part, index) => part !== parts[index]);
  if (differs >= 0 && (parts[differs] ?? 0) < (oldestVersion[differs] ?? 0))
    throw new Refusal(400, {
      detail: `This server supports version ${oldestVersion.join('.')} of the API and later, but the client speaks ${given}.`,
    });
}

/**
 * Refuses clients without the auth string, and pages of other sites. Such a page is recognized by the headers Origin and Sec-Fetch-Site or,
 * with DNS rebinding, by the header Host.
 * @param path of the request, with `/api`
 * @throws Refusal 401 or 403
 */
export function guard(incoming: IncomingMessage, path: string, access: Access): void {
  const { host, origin, authorization } = incoming.headers;
  if (access.loopback && !loopbackNames.has(nameOf(host ?? '')) && !isLoopback(nameOf(host ?? '')))
    throw new Refusal(403, { detail: `This server listens on loopback only. Call it by localhost or 127.0.0.1, not by "${host ?? ''}".` });
  if (foreignSites.has(String(incoming.headers['sec-fetch-site'])) || (origin !== undefined && !isOwn(origin, host)))
    throw new Refusal(403, { detail: `Pages of another site (${origin ?? 'unknown'}) may not call this server.` });
  if (access.authString === undefined || (incoming.method === 'GET' && openPaths.has(path))) return;
  if (authorization === undefined || !isSame(authorization, `Basic ${Buffer.from(access.authString).toString('base64')}`))
    throw new Refusal(
      401,
      {
        exception_message:
          'Unauthorized: this server needs its auth string. Set TRIBUTARY_API_AUTH_STRING, or PREFECT_API_AUTH_STRING for Prefect.',
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

/** Compares in constant time, so that the time doesn't show where the two texts differ. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}
