import { type Finding, ok, problem } from './finding.ts';

/** The version of Prefect that our tests run against. */
const known = { major: 3, minor: 8, tested: '3.8.8' } as const;

/**
 * Checks a Prefect server's version: another major version has another protocol, and another minor version is untested.
 * @param version as the server reports it, such as `3.8.8` or `3.9.0rc1`; Cloud may report none
 * @param place the server's address, for the message
 */
export function judgePrefect(version: string | undefined, place: string): Finding {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version ?? '') ?? [];
  const detail = `Prefect ${version ?? 'of an unknown version'} at ${place}`;
  if (major === undefined) return ok('server', detail, `Tested with Prefect ${known.tested}.`);
  if (Number(major) !== known.major)
    return problem(
      'server',
      `${detail}: Tributary works with Prefect ${known.major} only`,
      `Use Prefect ${known.tested}, the tested version.`,
    );
  if (Number(minor) === known.minor) return ok('server', detail);
  const age = Number(minor) > known.minor ? 'newer' : 'older';
  return ok(
    'server',
    detail,
    `This server is ${age} than Prefect ${known.tested}, the tested version: Tributary may not understand some of its answers.`,
  );
}
