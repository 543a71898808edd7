// What `npm start [-- <folder>]` does after the build: runs the audit topology on a folder through the command line,
// and says where the report is. Plain JavaScript, so that nothing has to be installed or compiled to read it.

import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const commandLine = join(repository, 'dist', 'src', 'cli', 'main.js');
const topology = fileURLToPath(new URL('topology.ts', import.meta.url));

/** Ends with one line and status 2. */
function refuse(message) {
  process.stderr.write(`npm start: ${message}\n`);
  process.exit(2);
}

/** The folder to audit; this repository where none is named. */
function folderOf(words) {
  if (words.length > 1)
    refuse(`it takes one folder, and there are ${words.length}: put quotes around a name with spaces.`);
  const [word] = words;
  if (word === undefined) return resolve(repository);
  if (word === '-h' || word === '--help') {
    process.stdout.write('npm start              audits this repository\nnpm start -- <folder>  audits a folder\n');
    process.exit(0);
  }
  // npm goes to the package's folder; a path is meant from where it was typed.
  const folder = resolve(process.env.INIT_CWD ?? process.cwd(), word);
  const stats = statSync(folder, { throwIfNoEntry: false });
  if (stats === undefined) refuse(`there is no folder '${word}' (looked for ${folder}).`);
  if (!stats.isDirectory()) refuse(`'${word}' is a file; name the folder to audit.`);
  return folder;
}

/** A name for the store of a folder: audits of two folders can run beside each other. */
function digestOf(folder) {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12);
}

const dir = folderOf(process.argv.slice(2));
const name = basename(dir) || 'root';
const out = resolve('troupe-report', name);
mkdirSync(resolve('.troupe'), { recursive: true });
const words = [
  commandLine,
  'run',
  relative(process.cwd(), topology),
  'audit',
  '--input',
  JSON.stringify({ dir, out }),
  // Killed in the middle, the next start goes on where this one was.
  '--store',
  resolve('.troupe', `audit-${digestOf(dir)}`),
  '--json',
];
const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });

// The terminal sends Ctrl-C to the child as well, which drains; this only waits for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));

let result = '';
child.stdout.setEncoding('utf8');
child.stdout.on('data', (text) => {
  result += text;
});
child.on('close', (status, signal) => {
  if (result !== '') process.stdout.write(`${summaryOf(JSON.parse(result))}\n`);
  process.exitCode = status ?? (signal === null ? 1 : 130);
});

/** What people want to know at the end. */
function summaryOf({
  report,
  files,
  codeLines,
  complexity,
  languages,
  markers,
  duplicatedLines,
  longestFunction,
  hotSpots,
}) {
  const many = (count, noun) => `${count.toLocaleString('en-US')} ${noun}${count === 1 ? '' : 's'}`;
  const named = languages.slice(0, 4).join(', ') + (languages.length > 4 ? ' …' : '');
  return [
    '',
    `${many(files, 'file')}, ${many(codeLines, 'line')} of code${named === '' ? '' : ` (${named})`}`,
    `${many(complexity, 'decision point')}, ${many(duplicatedLines, 'repeated line')}, ${many(markers, 'marker')}`,
    ...(longestFunction === undefined ? [] : [`longest function: ${longestFunction}`]),
    ...(hotSpots.length === 0 ? [] : [`look first at: ${hotSpots.slice(0, 3).join(', ')}`]),
    '',
    `Report: ${report.html}`,
    `        ${pathToFileURL(report.html).href}`,
    `        also report.md and report.json beside it`,
  ].join('\n');
}
