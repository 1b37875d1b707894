import { TributaryError } from '@tributary/contract/error';

/** The oldest major version of Prefect whose protocol Tributary speaks. */
const oldest = 3;

/**
 * Checks the version that a server reports.
 * @param version null when the server reports none
 * @returns a note for the user when the version is unknown, otherwise undefined
 * @throws `unsupported` when the version is too old
 */
export function checkVersion(url: string, version: string | null): string | undefined {
  const major = Number(/^v?(\d+)\./.exec(version ?? '')?.[1]);
  if (Number.isNaN(major) || major === 0)
    return `The server at ${url} reports an unknown version (${version ?? 'none'}), so Tributary treats it as Prefect ${oldest}.`;
  if (major >= oldest) return undefined;
  throw new TributaryError(
    'unsupported',
    `The server at ${url} is Prefect ${version}, but Tributary needs Prefect ${oldest}: upgrade the server.`,
    { facts: { version } },
  );
}
