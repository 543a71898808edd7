// How the child program is started: the built file as it is, the sources through jiti. Compiled code is kept for the
// children that come after in a folder of this process alone, made when it is first needed and gone when the process is;
// a folder that others could write would be a way into it.

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

let folder: string | undefined;

/** Where children keep what they compile. */
export function compiledFolder(): string {
  if (folder !== undefined) return folder;
  const made = mkdtempSync(join(tmpdir(), 'troupe-crash-compiled-')); // readable and writable for its owner only
  process.once('exit', () => {
    rmSync(made, { recursive: true, force: true });
  });
  folder = made;
  return made;
}

const bootstrap = `
'use strict';
const [jiti, fsCache, file] = process.argv.slice(1);
require(jiti).createJiti(file, { fsCache, interopDefault: false }).import(file);
`;

/** The words after `node` that start the child program, without its order. */
export function childWords(): readonly string[] {
  if (import.meta.url.endsWith('.js')) return [fileURLToPath(new URL('./crash-child.js', import.meta.url))];
  const file = fileURLToPath(new URL('./crash-child.ts', import.meta.url));
  const jiti = createRequire(import.meta.url).resolve('jiti');
  return ['--input-type=commonjs', '--eval', bootstrap, jiti, compiledFolder(), file];
}
