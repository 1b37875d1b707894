/** The name of the Nx project in a folder of the workspace: `ints-dbt` for `ints/dbt`. */
export function projectName(folder: string): string {
  return folder.split(/[\\/]/).join('-');
}
