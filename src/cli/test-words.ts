// What can be typed after `troupe test`: arguments, options, help and examples. The command itself, and with it the
// testing entry, is loaded only when it runs.

import type { Command } from 'commander';
import type { ExitStatus } from './command-error.ts';
import type { Terminal } from './terminal.ts';
import { percentOf } from './test-percent.ts';
import type { TestOptions } from './test-command.ts';

/** Adds arguments, options and help of `troupe test`. */
export function addTest(
  command: Command,
  terminal: Terminal,
  end: (status: ExitStatus) => void,
  examples: (lines: readonly string[]) => string,
): void {
  command
    .summary('test every state machine of a topology from its statechart')
    .description(
      'Makes tests from the statechart of every node and of the built-in machines, performs each on the runtime, and prints how much of each chart they cover.',
    )
    .argument('<topology>', 'file that exports the topology (TypeScript or JavaScript)')
    .option(
      '-m, --models <file>',
      'file whose default export has events and abstractions, by address (default: models.ts beside the topology)',
    )
    .option(
      '-c, --coverage <percent>',
      'states and transitions that the machines of nodes have to reach (default: what the models say, else 100)',
      percentOf,
    )
    .option('-o, --out <dir>', 'write pictures of the statecharts in which what was not reached is marked')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      examples(['test topology.ts', 'test topology.ts --coverage 90 --out coverage', 'test topology.ts --json']),
    )
    .action(async (path: string, options: TestOptions) => {
      end(await (await import('./test-command.ts')).testTopology(path, options, terminal));
    });
}
