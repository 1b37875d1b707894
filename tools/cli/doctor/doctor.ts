import type { Call } from '../command/call.ts';
import { exitCodes } from '../command/refusal.ts';
import { placeOf } from '../server/home.ts';
import { checkDuckdb } from './check-duckdb.ts';
import { checkHome } from './check-home.ts';
import { checkNode, checkPackages, readPackageVersion } from './check-node.ts';
import { checkPython, readPython } from './check-python.ts';
import { checkServer } from './check-server.ts';
import type { Finding } from './finding.ts';

/** Checks everything that runs need. @returns exit code 1 if something is wrong */
export async function doctor(call: Call): Promise<number> {
  const { root, home } = placeOf(call);
  const [packages, python, duckdb, homeFolder, server] = await Promise.all([
    checkPackages(root),
    readPython(root),
    readPackageVersion(root, '@duckdb/node-api'),
    checkHome(home),
    checkServer(call),
  ]);
  const findings: Finding[] = [
    checkNode(process.versions.node),
    packages,
    await checkPython(root, python),
    checkDuckdb(duckdb, typeof python === 'string' ? undefined : python.versions.get('duckdb')),
    homeFolder,
    ...server,
  ];
  const { paint } = call.out;
  call.out.result(findings, () =>
    findings
      .flatMap(({ name, ok, detail, advice }) => [
        `${ok ? (advice ? paint('yellow', 'note   ') : paint('green', 'ok     ')) : paint('red', 'problem')}  ${name.padEnd(14)}  ${detail}`,
        ...(advice ? [`${' '.repeat(25)}→ ${advice}`] : []),
      ])
      .join('\n'),
  );
  return findings.every(({ ok }) => ok) ? exitCodes.done : exitCodes.failed;
}
