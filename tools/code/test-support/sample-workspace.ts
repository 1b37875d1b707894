import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A registry with one package, `tiny`, whose install script writes a file. */
export interface Registry {
  readonly url: string;
  /** the paths that were asked for */
  readonly seen: string[];
  /** with which credentials */
  readonly authorizations: (string | undefined)[];
  /** how many requests haven't ended */
  open(): number;
  /** when the last request ended, as performance.now() says it */
  endedAt(): number;
  /** what the server answers from now on; 0 never answers */
  setStatus(status: number): void;
  readonly integrity: string;
  close(): Promise<void>;
}

/** @param bytes how large a file of the package is */
export async function startRegistry(bytes = 0): Promise<Registry> {
  const tarball = packTiny(bytes);
  const seen: string[] = [];
  const authorizations: (string | undefined)[] = [];
  let [status, endedAt, open] = [200, 0, 0];
  const server = createServer((request, response) => {
    seen.push(request.url ?? '');
    authorizations.push(request.headers.authorization);
    open += 1;
    response.once('close', () => {
      open -= 1;
      endedAt = performance.now();
    });
    if (status === 200) response.writeHead(200).end(tarball);
    else if (status !== 0) response.writeHead(status).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    seen,
    authorizations,
    open: () => open,
    endedAt: () => endedAt,
    setStatus: (other) => void (status = other),
    integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function packTiny(bytes: number): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-tiny-'));
  try {
    mkdirSync(join(folder, 'package'));
    const scripts = { install: 'echo built > built' };
    writeFileSync(join(folder, 'package', 'package.json'), JSON.stringify({ name: 'tiny', version: '1.0.0', main: 'index.js', scripts }));
    writeFileSync(join(folder, 'package', 'index.js'), "exports.tiny = 'tiny 1.0.0'; exports.file = __filename;\n");
    writeFileSync(join(folder, 'package', 'data'), Buffer.alloc(bytes));
    return execFileSync('tar', ['-czf', '-', '-C', folder, 'package']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Stands apart, so that the texts below don't count as imports of this file. */
const scope = '@tributary';

export interface SampleOptions {
  readonly registry: Registry;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
  readonly engines?: Readonly<Record<string, string>>;
  /** the framework's version */
  readonly framework?: string;
}

/** The files of a workspace with an integration, a framework of two packages, and a package that integrations can't import. */
export function sampleWorkspace({
  registry,
  allowScripts = {},
  engines = {},
  framework = '0.1.0',
}: SampleOptions): Record<string, string | object> {
  const ints = { dependencies: { '@tributary/flow': '*', tiny: '1.0.0' } };
  const flow = { name: '@tributary/flow', version: framework, dependencies: { '@tributary/contract': '*', tiny: '1.0.0' } };
  const contract = { name: '@tributary/contract', version: framework };
  const cli = { name: '@tributary/cli', version: framework, dependencies: { '@tributary/flow': '*', absent: '1.0.0' } };
  const root = { name: 'data', workspaces: ['ints', 'tools/*'] };
  const module = { type: 'module', exports: './index.ts' };
  return {
    'package.json': { ...root, private: true, allowScripts, engines },
    'package-lock.json': {
      ...root,
      lockfileVersion: 3,
      requires: true,
      packages: {
        '': { ...root, engines },
        ints: { name: 'ints', ...ints },
        'node_modules/@tributary/cli': { resolved: 'tools/cli', link: true },
        'node_modules/@tributary/contract': { resolved: 'tools/contract', link: true },
        'node_modules/@tributary/flow': { resolved: 'tools/flow', link: true },
        'node_modules/ints': { resolved: 'ints', link: true },
        'node_modules/absent': { version: '1.0.0', resolved: `${registry.url}/absent.tgz`, integrity: registry.integrity },
        'node_modules/tiny': {
          version: '1.0.0',
          resolved: `${registry.url}/tiny.tgz`,
          integrity: registry.integrity,
          hasInstallScript: true,
        },
        'tools/cli': cli,
        'tools/contract': contract,
        'tools/flow': flow,
      },
    },
    'ints/package.json': { name: 'ints', private: true, type: 'module', ...ints },
    'tools/flow/package.json': { ...flow, ...module },
    'tools/flow/index.ts': `import { tiny } from 'tiny';\nimport { contract } from '${scope}/contract';\nexport const flow: string = \`flow ${framework}, \${contract}, \${tiny}\`;\nexport const file: string = import.meta.filename;\n`,
    'tools/contract/package.json': { ...contract, ...module },
    'tools/contract/index.ts': `export const contract: string = 'contract ${framework}';\n`,
    'tools/cli/package.json': { ...cli, ...module },
    'tools/cli/index.ts': 'export {};\n',
    'ints/shop/flow.ts': `import { file, flow } from '${scope}/flow';\nimport { file as tiny } from 'tiny';\nconsole.log(JSON.stringify([flow, file, tiny]));\n`,
  };
}
