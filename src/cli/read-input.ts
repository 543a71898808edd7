// The input of a task, from the command line, a file or stdin: bounded, and refused with the place where it stops
// being JSON. Node's parser decides; the place is looked for only when it has refused.

import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import { printable } from '../base/printable.ts';
import { wrongUsage } from './command-error.ts';
import { findJsonFault } from './json-fault.ts';
import { frameOf, shortPath } from './source-frame.ts';

const waysToGive = "Give JSON, '@file.json' for a file, or '@-' for stdin.";

/**
 * The value that `--input` names; undefined where it was not given.
 *
 * @throws CommandError (2) naming the option, what was received and what to do.
 */
export async function readInput(
  given: string | undefined,
  stdin: NodeJS.ReadStream,
  note: (line: string) => void,
): Promise<unknown> {
  if (given === undefined) return undefined;
  if (given === '') throw wrongUsage('--input is empty.', [`  ${waysToGive}`]);
  if (!given.startsWith('@')) return parse(given, '--input');
  if (given === '@-' && stdin.isTTY) note('Reading the input from the terminal; end it with Ctrl-D.');
  if (given === '@-') return parse(await bounded(stdin, 'stdin'), '--input from stdin');
  if (given === '@') throw wrongUsage("--input is '@' without a file.", [`  ${waysToGive}`]);
  return parse(await readBounded(given.slice(1)), `--input from ${shortPath(resolve(given.slice(1)))}`);
}

async function readBounded(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    return await bounded(file.createReadStream(), shortPath(resolve(path)));
  } catch (error) {
    if (error instanceof Error && error.name === 'CommandError') throw error;
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'there is no such file'
        : code === 'EISDIR'
          ? 'it is a folder'
          : printable(describeError(error));
    throw wrongUsage(`--input names '${printable(path)}', which can't be read: ${reason}.`, [`  ${waysToGive}`]);
  }
}

async function bounded(stream: AsyncIterable<Buffer | string>, source: string): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > limits.message.size_bytes) throw tooLarge(source);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}

function tooLarge(source: string): Error {
  const most = limits.message.size_bytes / 1_048_576;
  return wrongUsage(`--input from ${source} is larger than ${most} MiB, the most that one message may hold.`, [
    '  Pass a path or an address instead of the content, and let an agent read it.',
  ]);
}

function parse(text: string, subject: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const fault = findJsonFault(text);
    if (fault === undefined)
      throw wrongUsage(`${subject} is no JSON: ${printable(describeError(error))}`, [`  ${waysToGive}`]);
    const { offset, expected } = fault;
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = offset - before.lastIndexOf('\n');
    const found =
      offset >= text.length
        ? 'the text ends'
        : `found '${printable(String.fromCodePoint(text.codePointAt(offset) ?? 32))}'`;
    throw wrongUsage(`${subject} is no JSON: line ${line}, column ${column}: expected ${expected}, ${found}.`, [
      ...frameOf(text.split('\n')[line - 1] ?? '', { line, column }).map((row) => `  ${row}`),
      `  ${hint(text)}`,
    ]);
  }
}

function hint(text: string): string {
  return /^\s*[{[]/.test(text) && !text.includes('"')
    ? `The shell may have taken the quotes: write --input '{"key":"value"}', or use '@file.json'.`
    : waysToGive;
}
