// Sets up a clone: runs `npm ci` and installs Python's `.venv`, at the same time. Uses only Node's own modules, because nothing is installed yet.
// A part is skipped if it works and its lockfile hasn't changed since the last setup.
// `node setup.mjs test/run.ts …` then runs that file in a new process, with the Node that `npm ci` installed, because the Node of this process may be too old.
// A real Prefect server is installed only if needed: with `--engine prefect` among the file's options, or `--prefect` before the file.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(fileURLToPath(import.meta.url));
const pythons = ['python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3', 'python'];
const onTerminal = Boolean(process.stdout.isTTY);
const running = new Set();

const dbt = {
  name: 'dbt with DuckDB',
  lock: 'requirements.txt',
  // The user's own packages. The framework never writes this file.
  local: 'ints/requirements.local.txt',
  folder: '.venv',
  download: 80,
  disk: 250,
  install: installDbt,
  works: () => existsSync(join(root, '.venv', 'bin', 'dbt')),
};
const parts = [
  {
    name: 'Node packages',
    lock: 'package-lock.json',
    folder: 'node_modules',
    download: 185,
    disk: 630,
    install: installNode,
    works: nodeWorks,
  },
  dbt,
];
const prefect = {
  name: 'a real Prefect 3.8.8 server',
  lock: 'test/support/prefect/requirements.txt',
  folder: '.venv-prefect',
  download: 50,
  disk: 270,
  install: (execute, python) => installPython(execute, python, '.venv-prefect', 'test/support/prefect/requirements.txt'),
  works: () => existsSync(join(root, '.venv-prefect', 'bin', 'prefect')),
};

const given = process.argv.slice(2);
const asked = given[0] === '--prefect';
if (asked) given.shift();
if (asked || given.some((arg, at) => arg === '--engine=prefect' || (arg === 'prefect' && given[at - 1] === '--engine')))
  parts.push(prefect);

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of signals) {
  process.once(signal, () => {
    for (const child of running) stop(child);
    process.exit(130);
  });
}

const problems = [];
const stale = parts.filter((part) => readStamp(part) !== stampOf(part) || !part.works());
// Ctrl-C also ends the programs that were just tried, so a part may only look broken. The event loop delivers the signal to this process now.
await new Promise(setImmediate);
if (stale.length > 0) await setUp();
if (given.length > 0) goOn(given);

function goOn(args) {
  const env = { ...process.env, NODE_COMPILE_CACHE: join(root, '.tributary', 'compile-cache') };
  const shown = args.map((arg) => withoutPassword(arg, env));
  const child = spawn(nodePath(), shown, { stdio: 'inherit', env });
  for (const signal of signals) {
    process.removeAllListeners(signal);
    // A terminal sends Ctrl-C to the child too, so SIGINT isn't passed on.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal));
  }
  child.once('exit', (code, signal) => process.exit(signal ? 1 : code));
}

/** Moves the password in a database's URL to PGPASSWORD, because every user of this machine can read the arguments of a process. */
function withoutPassword(arg, env) {
  const [, before, password, after] = /^((?:--[\w-]+=)?(?!https?:)[\w+.:-]+:\/\/[^:@]*):(.*)(@.*)$/s.exec(arg) ?? [];
  if (password === undefined) return arg;
  try {
    env.PGPASSWORD = decodeURIComponent(password);
  } catch {
    env.PGPASSWORD = password;
  }
  return `${before}${after}`;
}

async function setUp() {
  const python = findPython();
  checkMachine(python);
  if (problems.length > 0) fail(`Tributary can't be set up here yet:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);

  const download = stale.reduce((sum, part) => sum + part.download, 0);
  const disk = stale.reduce((sum, part) => sum + part.disk, 0);
  console.log(
    `Setting up: ${stale.map((part) => part.name).join('; ')}. About ${download} MB to download, ${disk} MB on disk; nothing outside this folder is touched.`,
  );
  mkdirSync(join(root, '.tributary'), { recursive: true });
  const began = Date.now();
  const progress = showProgress(began);
  const results = await Promise.all(stale.map((part) => installPart(part, python, began, progress)));
  progress.end();
  const failed = results.filter((result) => result !== undefined);
  if (failed.length > 0) fail(failed.join('\n\n'));
  console.log(`Set up in ${seconds(began)} s.`);
}

function checkMachine(python) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) problems.push(`Node ${process.versions.node} is too old: install Node 20 or newer (https://nodejs.org).`);
  if (spawnSync('git', ['--version']).status !== 0)
    problems.push('git was not found: install it (https://git-scm.com, or your package manager).');
  if (!python && !hasUv())
    problems.push(
      `Python 3.10, 3.11, 3.12 or 3.13 with its venv module was not found, but ${stale.includes(prefect) ? 'dbt and Prefect need' : 'dbt needs'} it. Install it (https://python.org; on Debian and Ubuntu: apt install python3 python3-venv).`,
    );
  const needed = stale.reduce((sum, part) => sum + part.disk, 0) + 200;
  const free = freeMegabytes();
  if (free < needed) problems.push(`Only ${free} MB are free on this disk, but ${needed} MB are needed: free some space.`);
}

function freeMegabytes() {
  const { bavail, bsize } = statfsSync(root);
  return Math.floor((bavail * bsize) / 1e6);
}

/** Finds the first Python with a version that dbt supports, with venv and pip. */
function findPython() {
  const test = 'import sys, venv, ensurepip; sys.exit(0 if (3, 10) <= sys.version_info[:2] <= (3, 13) else 1)';
  return pythons.find((python) => spawnSync(python, ['-c', test]).status === 0);
}

function hasUv() {
  return spawnSync('uv', ['--version']).status === 0;
}

async function installPart(part, python, began, progress) {
  const log = join(root, '.tributary', `setup-${part.folder.replace('.', '')}.log`);
  writeFileSync(log, '');
  progress.begin(part.name);
  try {
    await part.install((command, args) => run(command, args, log), python);
    if (!part.works()) throw new Error(part.broken ?? `${part.folder} doesn't work after the installation.`);
    writeFileSync(join(root, part.folder, '.setup'), stampOf(part));
    progress.done(part.name, seconds(began));
    return undefined;
  } catch (error) {
    for (const child of running) stop(child);
    return `Setting up ${part.name} failed: ${error.message}\n${lastLines(log)}\nThe whole output is in ${log}. Solve the problem, then run the same command again.`;
  }
}

async function installNode(execute) {
  await execute('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund']);
}

/** Installs the framework's pins, then the user's own packages. The pins constrain these, so none of them changes a pinned version. */
async function installDbt(execute, python) {
  const { folder, lock, local } = dbt;
  await installPython(execute, python, folder, lock);
  if (!existsSync(join(root, local))) return;
  try {
    await installRequirements(execute, folder, ['-r', local, '-c', lock]);
  } catch (error) {
    throw new Error(
      `the packages in ${local} could not be installed beside those in ${lock}. If they conflict, change ${local}: the framework needs the versions in ${lock}. ${error.message}`,
      { cause: error },
    );
  }
}

async function installPython(execute, python, folder, lock) {
  const venv = join(root, folder);
  rmSync(venv, { recursive: true, force: true });
  if (hasUv()) await execute('uv', ['venv', '--quiet', ...(python ? ['--python', python] : ['--python', '>=3.10,<3.14']), venv]);
  else await execute(python, ['-m', 'venv', venv]);
  await installRequirements(execute, folder, ['-r', lock]);
}

async function installRequirements(execute, folder, files) {
  const python = join(root, folder, 'bin', 'python');
  if (hasUv()) await execute('uv', ['pip', 'install', '--quiet', '--compile-bytecode', '--python', python, ...files]);
  // With --quiet, pip doesn't say which requirements conflict.
  else await execute(python, ['-m', 'pip', 'install', '--disable-pip-version-check', ...files]);
}

function nodePath() {
  const local = join(root, 'node_modules', '.bin', 'node');
  return existsSync(local) ? local : process.execPath;
}

/** Checks for nx and for Node 24 or newer: the Node in node_modules if npm could install one, otherwise this process's own. */
function nodeWorks() {
  const local = join(root, 'node_modules', '.bin', 'node');
  const version =
    spawnSync(existsSync(local) ? local : process.execPath, ['-p', 'process.versions.node'])
      .stdout?.toString()
      .trim() ?? '';
  if (Number(version.split('.')[0]) >= 24) return existsSync(join(root, 'node_modules', '.bin', 'nx'));
  parts[0].broken = `Tributary needs Node 24 or newer. On this platform npm could not install it, and the Node on PATH is ${version || 'unusable'}. Install Node 24 (https://nodejs.org).`;
  return false;
}

function run(command, args, log) {
  return new Promise((resolve, reject) => {
    const out = openSync(log, 'a');
    // The child has its own process group, so that a signal also reaches the child's children.
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', out, out], detached: true });
    running.add(child);
    child.once('error', (error) => ended(new Error(`${command} can't be started (${error.code}).`)));
    child.once('exit', (code, signal) =>
      ended(code === 0 ? undefined : new Error(`${command} ${args[0]} ended with ${signal ?? `exit code ${code}`}.`)),
    );
    function ended(error) {
      if (!running.delete(child)) return;
      closeSync(out);
      if (error) reject(error);
      else resolve();
    }
  });
}

function stop(child) {
  try {
    process.kill(-child.pid, 'SIGTERM');
  } catch {
    // The child has ended already.
  }
}

/** Shows the progress: one changing line on a terminal; otherwise a line when a part is done, and one every ten seconds. */
function showProgress(began) {
  const open = new Set();
  const line = () => `  installing ${[...open].join(', ')} … ${seconds(began)} s`;
  const timer = setInterval(
    () => {
      if (open.size > 0) process.stdout.write(onTerminal ? `\r\u001b[K${line()}` : `${line()}\n`);
    },
    onTerminal ? 200 : 10_000,
  );
  return {
    begin: (name) => open.add(name),
    done(name, after) {
      open.delete(name);
      process.stdout.write(`${onTerminal ? '\r\u001b[K' : ''}  ${name} ready after ${after} s\n`);
    },
    end() {
      clearInterval(timer);
      if (onTerminal) process.stdout.write('\r\u001b[K');
    },
  };
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000);
}

/** The hashes of the files that a part is installed from, one a line. `tributary doctor` reads them in find-changed-requirements.ts. */
function stampOf({ lock, local }) {
  if (!existsSync(join(root, lock)))
    fail(`${lock} is missing: this clone of the repository is incomplete. Clone it again, or restore the file with git.`);
  const hashes = [hashOf(lock)];
  if (local && existsSync(join(root, local))) hashes.push(hashOf(local));
  return hashes.join('\n');
}

function hashOf(file) {
  const text = readFileSync(join(root, file));
  return createHash('sha256').update(text).digest('hex');
}

function readStamp(part) {
  const file = join(root, part.folder, '.setup');
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

function lastLines(log) {
  const lines = readFileSync(log, 'utf8').trim().split('\n').slice(-15);
  return lines.map((line) => `  | ${line}`).join('\n');
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
