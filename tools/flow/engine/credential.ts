import type { Ticket } from '@tributary/contract/ticket';

/** The name of the environment variable that holds a credential, and how the credential is sent. The value isn't included. */
export type Credential = NonNullable<Ticket['api']['credential']>;
/** Environment variables, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

const ours: readonly Credential[] = [{ variable: 'TRIBUTARY_API_AUTH_STRING', scheme: 'Basic' }];
const prefects: readonly Credential[] = [
  { variable: 'PREFECT_API_AUTH_STRING', scheme: 'Basic' },
  { variable: 'PREFECT_API_KEY', scheme: 'Bearer' },
];

/** Finds the credential for a kind of server. A key for Prefect Cloud is never sent to a Tributary server. */
export function credentialFor(kind: 'tributary' | 'prefect', env: Environment): Credential | null {
  return (kind === 'tributary' ? ours : prefects).find(({ variable }) => env[variable]) ?? null;
}

/** Names the variables in which a user may give a credential for a kind of server, for messages. */
export function credentialNames(kind: 'tributary' | 'prefect'): string {
  return (kind === 'tributary' ? ours : prefects).map(({ variable }) => variable).join(' or ');
}

/** Makes the value of the Authorization header; undefined without a credential. */
export function authorizationOf(credential: Credential | null, env: Environment): string | undefined {
  const value = credential ? env[credential.variable] : undefined;
  if (!credential || !value) return undefined;
  return credential.scheme === 'Basic' ? `Basic ${Buffer.from(value).toString('base64')}` : `Bearer ${value}`;
}
