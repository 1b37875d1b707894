import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** our own server, or a real Prefect server */
  readonly engine: (typeof engines)[number];
  /** where workers get the code: from this folder, or from a Git repository at exact commits */
  readonly storage: (typeof storages)[number];
  /** the name of the folder for the state of such demos */
  readonly folder: string;
  /** the URL of the API that the export reads; undefined: the stand-in for DummyJSON */
  readonly url: string | undefined;
  /** whether to leave server and worker running until Ctrl-C */
  readonly keep: boolean;
}

const engines = ['embedded', 'prefect'] as const;
const storages = ['folder', 'git'] as const;

const usage = `npm run demo [-- --live | --url URL] [--engine prefect] [--storage git] [--keep]

  --live            use https://dummyjson.com instead of the stand-in
  --url URL         use any other API of DummyJSON's shape
  --engine prefect  run on a real Prefect server instead of the embedded server; it is installed first (50 MB to download)
  --storage git     deploy commits of a Git repository, which the worker fetches; takes a minute
  --keep            leave server and worker running until Ctrl-C`;

/** Reads the options. Exits with 0 for --help, and with 2 for unknown ones. */
export function readOptions(args: string[]): DemoOptions {
  try {
    const { values } = parseArgs({
      args,
      options: {
        live: { type: 'boolean' },
        url: { type: 'string' },
        engine: { type: 'string', default: 'embedded' },
        storage: { type: 'string', default: 'folder' },
        keep: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      console.log(usage);
      process.exit(0);
    }
    if (values.live && values.url) throw new Error('--live and --url exclude each other.');
    if (values.url !== undefined && !URL.canParse(values.url))
      throw new Error(`--url ${values.url} isn't a URL such as http://127.0.0.1:3000.`);
    const engine = engines.find((known) => known === values.engine);
    if (!engine) throw new Error(`Unknown --engine ${values.engine}. Use ${engines.join(' or ')}.`);
    const storage = storages.find((known) => known === values.storage);
    if (!storage) throw new Error(`Unknown --storage ${values.storage}. Use ${storages.join(' or ')}.`);
    const folder = ['demo', engine === 'prefect' && 'prefect', storage === 'git' && 'git'].filter(Boolean).join('-');
    return {
      engine,
      storage,
      folder,
      url: values.live ? 'https://dummyjson.com' : values.url?.replace(/\/$/, ''),
      keep: values.keep ?? false,
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(2);
  }
}
