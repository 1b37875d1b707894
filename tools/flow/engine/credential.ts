import type { Ticket } from '@tributary/contract/ticket';

/** Which environment variable holds the credential, and how it is sent; never its value. */
export type Credential = NonNullable<Ticket['api']['credential']>;
export type Environment = Readonly<Record<string, string | undefined>>;

const ours: readonly Credential[] = [{ variable: 'TRIBUTARY_API_AUTH_STRING', scheme: 'Basic' }];
const prefects: readonly Credential[] = [
  { variable: 'PREFECT_API_AUTH_STRING', scheme: 'Basic' },
  { variable: 'PREFECT_API_KEY', scheme: 'Bearer' },
];

/** The credential for a kind of server: a key to Prefect Cloud is never sent to a server that isn't Prefect's. */
export function credentialFor(kind: 'tributary' | 'prefect', env: Environment): Credential | null {
  return (kind === 'tributary' ? ours : prefects).find(({ variable }) => env[variable]) ?? null;
}

/** The names that a user may set for a kind of server, for sentences. */
export function credentialNames(kind: 'tributary' | 'prefect'): string {
  return (kind === 'tributary' ? ours : prefects).map(({ variable }) => variable).join(' or ');
}

/** The Authorization header's value; undefined without a credential. */
export function authorizationOf(credential: Credential | null, env: Environment): string | undefined {
  const value = credential ? env[credential.variable] : undefined;
  if (!credential || !value) return undefined;
  return credential.scheme === 'Basic' ? `Basic ${Buffer.from(value).toString('base64')}` : `Bearer ${value}`;
}
