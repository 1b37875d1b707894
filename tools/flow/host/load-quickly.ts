import type { ResolveFnOutput } from 'node:module';

const { readFileSync } = process.getBuiltinModule('node:fs');
const { registerHooks } = process.getBuiltinModule('node:module');

const self = import.meta.url;
const { href: framework } = new URL('..', self);
const ours = /\.ts$|\/node_modules\/zod\/.+\.js$/;
const definition = /\/author\/deployment\/define-deployment\.ts$/;
const deferred = '?deferred';
const localeIndex = /\/node_modules\/zod\/v4\/locales\/index\.js$/;
const localeExport = /export \{ default as (\w+) \} from "(\.\/[\w-]+\.js)";/g;

/**
 * Speeds up the framework's own imports. Without this, resolving 190 modules takes nearly half of the time from the start of the
 * process to the first user code.
 * @returns a function that stops this; call it before the first import of user code
 */
export function loadQuickly(): () => void {
  const known = new Map<string, ResolveFnOutput>();
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const { parentURL = self } = context;
      // A relative import inside the framework, or inside zod, needs no lookup: it never names a folder, a symbolic link or CommonJS.
      const href = specifier.startsWith('.') ? new URL(specifier, parentURL).href : '';
      if (definition.test(href)) return { url: `${href}${deferred}`, format: 'module', shortCircuit: true };
      if (ours.test(href)) return { url: href, format: href.endsWith('.ts') ? 'module-typescript' : 'module', shortCircuit: true };
      // A package name means the same package in all files of one folder, so it is resolved once for the folder.
      const from = parentURL.startsWith(framework) ? framework : new URL('.', parentURL).href;
      const key = `${from} ${specifier}`;
      const found = known.get(key) ?? { ...next(specifier, context), shortCircuit: true };
      known.set(key, found);
      return found;
    },
    load(url, context, next) {
      if (localeIndex.test(url)) return { format: 'module', source: lazyLocales(new URL(url)), shortCircuit: true };
      if (url.endsWith(deferred)) return { format: 'module', source: lazyDefinition(url.slice(0, -deferred.length)), shortCircuit: true };
      return next(url, context);
    },
  });
  return () => hooks.deregister();
}

/** Loads the checks of a deployment when one is defined: the process of a run usually defines none. */
function lazyDefinition(url: string): string {
  return `const require = process.getBuiltinModule('node:module').createRequire(${JSON.stringify(url)});
export const defineDeployment = (options) => require('./define-deployment.ts').defineDeployment(options);`;
}

/** Makes zod load a locale only when it is called, as in `z.locales.de()`. Otherwise zod loads all 60 locales, a third of all modules. */
function lazyLocales(index: URL): string {
  const source = readFileSync(index, 'utf8');
  return `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);
${source.replace(localeExport, 'export const $1 = () => require("$2").default();')}`;
}
