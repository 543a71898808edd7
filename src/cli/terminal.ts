// The two streams a command writes to. Results go to stdout, and everything else to stderr, so that a result can be
// piped. Colours only where a person looks, a reader that goes away early is no error, and what a topology prints
// with `console` goes where it does not spoil the result.

import { Console } from 'node:console';
import { Writable } from 'node:stream';
import pc from 'picocolors';
import type { CommandError } from './command-error.ts';

export type Colours = ReturnType<typeof pc.createColors>;

/** Where a command writes. */
export interface Terminal {
  /** Whether a person looks at stdout. */
  readonly resultsAreSeen: boolean;
  /** Whether stderr is a terminal whose lines can be redrawn. */
  readonly isLive: boolean;
  readonly colours: Colours;
  readonly stderr: NodeJS.WriteStream;
  columns(): number;
  rows(): number;
  /** Writes a result to stdout; resolves when it is out. */
  result(text: string): Promise<void>;
  /** Writes lines to stderr, above whatever is being redrawn there. */
  readonly note: (...lines: readonly string[]) => void;
  /** Names who writes notes while something is redrawn; undefined when nothing is any more. */
  redrawnBy(persist: ((text: string) => void) | undefined): void;
}

/** The terminal of this process. */
export function processTerminal({ stdout, stderr, env }: NodeJS.Process): Terminal {
  quietWhenClosed(stdout);
  quietWhenClosed(stderr);
  // What Node types as a boolean is undefined for a pipe, and then picocolors would look for itself.
  const isTerminal = Boolean(stderr.isTTY) && env['TERM'] !== 'dumb';
  const hasSize = stderr.columns > 0 && stderr.rows > 0;
  const noColour = env['NO_COLOR'];
  let persist: ((text: string) => void) | undefined;
  const terminal: Terminal = {
    resultsAreSeen: Boolean(stdout.isTTY),
    isLive: isTerminal && hasSize && env['CI'] === undefined,
    colours: pc.createColors(isTerminal && (noColour === undefined || noColour === '')),
    stderr,
    columns: () => stderr.columns || 80,
    rows: () => stderr.rows || 24,
    result: (text) =>
      new Promise((resolve) => {
        stdout.write(text, () => {
          resolve();
        });
      }),
    note: (...lines) => {
      if (lines.length === 0) return;
      if (persist === undefined) stderr.write(`${lines.join('\n')}\n`);
      else persist(lines.join('\n'));
    },
    redrawnBy: (by) => {
      persist = by;
    },
  };
  return terminal;
}

/** Says why a command ends. */
export function reportFailure({ colours, note }: Terminal, { message, detail }: CommandError): void {
  note(`${colours.red('troupe:')} ${message}`, ...detail);
}

/** Lets `console` write to stderr, so that stdout holds the result alone. */
export function consoleToStderr(terminal: Terminal): void {
  const lines = new Writable({
    decodeStrings: false,
    write: (chunk: string | Buffer, _encoding, done) => {
      terminal.note(String(chunk).replace(/\n$/, ''));
      done();
    },
  });
  globalThis.console = new Console({ stdout: lines, stderr: lines, colorMode: terminal.colours.isColorSupported });
}

/** Whoever reads may go away (`| head`); that ends the output and not the program. */
function quietWhenClosed(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}
