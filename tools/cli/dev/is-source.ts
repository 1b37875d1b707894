const ignoredFolders = new Set(['node_modules', 'target', 'logs', 'dbt_packages', '__pycache__', 'dist', 'test-support', 'fixtures']);

/** Whether to ignore a path: hidden files, generated folders and folders for tests are ignored. @param path relative to ints/ or tools/ */
export function isIgnored(path: string): boolean {
  return path.split(/[\\/]/).some((part) => part.startsWith('.') || ignoredFolders.has(part));
}

/**
 * Whether to deploy after a change of this file. Tests, Markdown and generated files don't cause a deploy.
 * @param path relative to ints/ or tools/
 */
export function isSource(path: string): boolean {
  const file = path.split(/[\\/]/).at(-1) ?? '';
  if (isIgnored(path)) return false;
  return !/\.(test|spec)\.[cm]?[jt]s$|\.gen\.ts$|\.(db|duckdb|wal|log|lock|tmp|swp|swx|orig|md)(-\w+)?$|~$|^\d+$|^#/.test(file);
}
