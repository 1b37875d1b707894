import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import type { Stage } from './stage.ts';

/** Stands in for uv: makes an environment with a dbt that prints its own path, and what was installed. */
const uv = `#!/bin/sh
case "$1 $2" in
  --version*) echo uv 1.0.0 ;;
  "venv --quiet") mkdir -p "$6/bin"; printf '#!/bin/sh\\necho "%s"; cat "%s/installed"\\n' "$6" "$6" > "$6/bin/dbt"; chmod +x "$6/bin/dbt"; echo made >> "$HOME/made" ;;
  "pip install") shift 6; cd "$(dirname "$0")"; echo "$@" >> "$PWD/../calls"; [ -e fail ] && { echo "No matching distribution found for dbt-core==99"; exit 1; }; cat "$2" >> "$(dirname "$2")/installed" 2>/dev/null; true ;;
esac
`;

/** Puts the program before all others on the PATH of a stage. @returns its folder, and the environment for a store */
export function addFakeUv({ folder, env }: Pick<Stage, 'folder' | 'env'>): { readonly bin: string; readonly env: NodeJS.ProcessEnv } {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'uv'), uv);
  chmodSync(join(bin, 'uv'), 0o755);
  return { bin, env: { ...env, PATH: [bin, env['PATH']].join(delimiter) } };
}
