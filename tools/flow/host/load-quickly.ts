import type { ResolveFnOutput } from 'node:module';

const { readFileSync } = process.getBuiltinModule('node:fs');
const { registerHooks } = process.getBuiltinModule('node:module');

const self = import.meta.url;
const { href: framework } = new URL('..', self);
const ours = /\.ts$|\/node_modules\/zod\/.+\.js$/;
const localeIndex = /\/node_modules\/zod\/v4\/locales\/index\.js$/;
const localeExport = /export \{ default as (\w+) \} from "(\.\/[\w-]+\.js)";/g;

/**
 * Makes the imports of the framework quick: of the time from spawn to user code, Node would take nearly half to resolve 190 modules.
 * @returns how to stop, before the first import of anybody else's code
 */
export function loadQuickly(): () => void {
  const known = new Map<string, ResolveFnOutput>();
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = self } = context;
      // Between the framework's own files, and between zod's, a path means what it says: no folder, no symbolic link, no CommonJS.
      const href = specifier.startsWith('.') ? new URL(specifier, parentURL).href : '';
      if (ours.test(href)) return { url: href, format: href.endsWith('.ts') ? 'module-typescript' : 'module', shortCircuit: true };
      // From one folder, and so from one package, a name always means the same.
      const from = parentURL.startsWith(framework) ? framework : new URL('.', parentURL).href;
      const key = `${from} ${specifier}`;
      const found = known.get(key) ?? { ...next(specifier, context), shortCircuit: true };
      known.set(key, found);
      return found;
    },
    load: (url, context, next) =>
      localeIndex.test(url) ? { format: 'module', source: lazyLocales(new URL(url)), shortCircuit: true } : next(url, context),
  });
  return () => hooks.deregister();
}

/** Every import of zod loads all its 60 languages, a third of all modules. Here each is loaded when it is called: `z.locales.de()`. */
function lazyLocales(index: URL): string {
  const source = readFileSync(index, 'utf8');
  return `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
${source.replace(localeExport, 'export const $1 = () => require("$2").default();')}`;
}
