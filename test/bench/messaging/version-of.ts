// The version of an installed package, read from its package.json on the way up from this folder, as Node resolves it.
// Reading the file works for packages whose `exports` hide their package.json.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** `name version`, for the report; `from` is the folder whose view of `node_modules` counts. */
export function versionOf(name: string, from: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = from; ; folder = dirname(folder)) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
        return `${name} ${String(manifest.version)}`;
    } catch {
      // not installed at this level: look one folder up
    }
    if (folder === dirname(folder)) throw new Error(`Package ${name} is not installed; run npm install in test/bench.`);
  }
}
