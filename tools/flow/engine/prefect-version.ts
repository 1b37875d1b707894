import { TributaryError } from '@tributary/contract/error';

/** The oldest whose protocol we speak. */
const oldest = 3;

/**
 * Looks at what a server says of its version.
 * @param version null when it does not tell
 * @returns a sentence when it can't be known whether we understand each other
 * @throws `unsupported` when it is too old
 */
export function judgeVersion(url: string, version: string | null): string | undefined {
  const major = Number(/^v?(\d+)\./.exec(version ?? '')?.[1]);
  if (Number.isNaN(major) || major === 0)
    return `The server at ${url} tells no version that Tributary knows (${version ?? 'none'}): it is taken for Prefect ${oldest}.`;
  if (major >= oldest) return undefined;
  throw new TributaryError(
    'unsupported',
    `The server at ${url} is Prefect ${version}, and Tributary speaks the protocol of Prefect ${oldest}: upgrade the server.`,
    { facts: { version } },
  );
}
