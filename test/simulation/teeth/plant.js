// Module hooks of a process with a planted bug: one file of the build is read with one text in it replaced, and says so
// to the process when it is run. Nothing is written anywhere, and everything that the process loads sees the bug.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

let tooth;

/** @param given - The file's URL, what to find in it and what to put there. */
export function initialize(given) {
  tooth = given;
}

export async function load(url, context, next) {
  if (url !== tooth.url) return next(url, context);
  const text = await readFile(fileURLToPath(url), 'utf8');
  if (text.split(tooth.find).length !== 2) throw new Error(`'${tooth.find}' is not there exactly once`);
  const source = `${text.replace(tooth.find, () => tooth.replace)}\nglobalThis.isPlanted = true;\n`;
  return { format: 'module', source, shortCircuit: true };
}
