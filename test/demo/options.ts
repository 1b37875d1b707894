import { parseArgs } from 'node:util';

import type { Connection } from '@tributary/postgres';

import { readPostgresUrl } from './postgres-url.ts';

export interface DemoOptions {
  readonly demo: Demo;
  /** our own server, or a real Prefect server */
  readonly engine: (typeof engines)[number];
  /** where workers get the code: from this folder, or from a Git repository at exact commits */
  readonly storage: (typeof storages)[number];
  /** the name of the folder for the state of such demos */
  readonly folder: string;
  /** the URL of the API that the export reads; undefined: the stand-in for DummyJSON */
  readonly url: string | undefined;
  /** the Postgres of the jaffle shop; undefined: one that the demo starts */
  readonly postgres: Connection | undefined;
  /** whether to leave server and workers running until Ctrl-C */
  readonly keep: boolean;
}

const demos = ['main job', 'jaffle_shop'] as const;
type Demo = (typeof demos)[number];
const engines = ['embedded', 'prefect'] as const;
const storages = ['folder', 'git'] as const;

const usage = `npm run demo [-- --live | --url URL] [--engine prefect] [--storage git] [--keep]
npm run demo -- jaffle_shop [--postgres URL] [--engine prefect] [--keep]

The first one is the main job: products are extracted and loaded, then dbt is started. The second one is a flow of flows on Postgres.

  --live            use https://dummyjson.com instead of the stand-in
  --url URL         use any other API of DummyJSON's shape
  --storage git     deploy commits of a Git repository, which the worker fetches; takes one to two minutes
  --postgres URL    use this Postgres, such as postgres://ann@127.0.0.1:5432/postgres, instead of starting one: the flows replace tables in
                    its schema jaffle_shop. The password is in PGPASSWORD, as other users of this machine can read arguments
  --engine prefect  run on a real Prefect server instead of the embedded server; it is installed first (50 MB to download)
  --keep            leave all that the demo has started running until Ctrl-C`;

const titles: Readonly<Record<Demo, string>> = { 'main job': 'the main job', jaffle_shop: 'jaffle_shop' };

/** The options that only one of the demos has. */
const only: Readonly<Record<Demo, readonly ('live' | 'url' | 'storage' | 'postgres')[]>> = {
  'main job': ['live', 'url', 'storage'],
  jaffle_shop: ['postgres'],
};

/** Reads the options. Exits with 0 for --help, and with 2 for unknown ones. @param password the password of --postgres, if its URL has none */
export function readOptions(args: string[], password: string | undefined): DemoOptions {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        live: { type: 'boolean' },
        url: { type: 'string' },
        storage: { type: 'string' },
        postgres: { type: 'string' },
        engine: { type: 'string', default: 'embedded' },
        keep: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    const demo = readDemo(positionals);
    for (const other of demos.filter((one) => one !== demo))
      for (const name of only[other])
        if (values[name] !== undefined)
          throw new Error(`--${name} is an option of ${titles[other]}, not of ${titles[demo]}. Leave it out.`);
    if (values.live && values.url) throw new Error('--live and --url exclude each other.');
    if (values.url !== undefined && !URL.canParse(values.url))
      throw new Error(`--url ${values.url} isn't a URL such as http://127.0.0.1:3000.`);
    const engine = oneOf(engines, '--engine', values.engine);
    const storage = oneOf(storages, '--storage', values.storage ?? 'folder');
    const parts = ['demo', demo === 'jaffle_shop' && demo, engine === 'prefect' && engine, storage === 'git' && storage];
    return {
      demo,
      engine,
      storage,
      folder: parts.filter(Boolean).join('-'),
      url: values.live ? 'https://dummyjson.com' : values.url?.replace(/\/$/, ''),
      postgres: values.postgres === undefined ? undefined : readPostgresUrl(values.postgres, password),
      keep: values.keep ?? false,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}

function readDemo(names: readonly string[]): Demo {
  const [name, further] = names;
  if (name === undefined) return 'main job';
  if (further === undefined && name === 'jaffle_shop') return name;
  // A text that isn't a name is not repeated, as it may be a URL with a password.
  const shown = [further ?? name].find((text) => /^[\w-]+$/.test(text));
  throw new Error(
    `Unknown ${further === undefined ? 'demo' : 'argument'}${shown ? ` "${shown}"` : ''}. Write npm run demo for the main job, or npm run demo -- jaffle_shop.`,
  );
}

function oneOf<Value extends string>(known: readonly Value[], option: string, given: string): Value {
  const value = known.find((one) => one === given);
  if (value === undefined) throw new Error(`Unknown ${option} ${given}. Use ${known.join(' or ')}.`);
  return value;
}
