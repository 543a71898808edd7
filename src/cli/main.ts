#!/usr/bin/env node
// The `troupe` command. Whatever happens ends here: as a result, as one message, or, where an error escaped from
// code that runs in nobody's name, with its stack, because then a stack is what its author needs.

import { exitStatus } from './command-error.ts';
import { explained } from './explain.ts';
import { perform } from './program.ts';
import { processTerminal, reportFailure } from './terminal.ts';

const terminal = processTerminal(process);
const { colours } = terminal;
let isOver = false;

process.on('uncaughtException', (error: unknown) => {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.redrawnBy(undefined);
  terminal.note('', `${colours.red('troupe:')} an error escaped from the topology's code, outside any task:`, stack);
  process.exit(exitStatus.failed);
});
process.on('exit', () => {
  if (isOver || process.exitCode !== undefined) return;
  terminal.note(
    `${colours.red('troupe:')} nothing is left to wait for, and it is not done: a promise that the topology awaits never settles.`,
  );
  process.exitCode = exitStatus.failed;
});

async function main(): Promise<number> {
  try {
    return await perform(process.argv.slice(2), terminal);
  } catch (error) {
    const ending = explained(error, exitStatus.failed);
    reportFailure(terminal, ending);
    return ending.status;
  }
}

void main().then((status) => {
  isOver = true;
  process.exit(status);
});
