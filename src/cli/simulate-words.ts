// What can be typed after `troupe simulate`: arguments, options, help and examples. The command itself, and with it the
// testing entry, is loaded only when it runs.

import type { Command } from 'commander';
import { InvalidOptionError } from '../base/errors.ts';
import { type ExitStatus, wrongUsage } from './command-error.ts';
import type { SimulateOptions } from './simulate-command.ts';
import type { Terminal } from './terminal.ts';

const most = 4_294_967_295;

/** Adds arguments, options and help of `troupe simulate`. */
export function addSimulate(
  command: Command,
  terminal: Terminal,
  end: (status: ExitStatus) => void,
  examples: (lines: readonly string[]) => string,
): void {
  command
    .summary('run a topology under many seeds of chance, time and faults')
    .description(
      'Runs the topology on a simulated clock, disk and chance, each seed a run of its own, first with faults and then without, and looks after every step at what must always hold. A seed that fails is made as small as it can be.',
    )
    .argument('<topology>', 'file that exports the topology (TypeScript or JavaScript)')
    .option('-n, --seeds <n>', 'how many seeds (default: what the simulation says, else 100)', countOf('--seeds', 1))
    .option('-s, --seed <n>', 'the first seed; without --seeds, the only one', countOf('--seed', 0))
    .option(
      '--steps <n>',
      'steps with faults, of each seed (default: what the simulation says, else 2,000)',
      countOf('--steps', 0),
    )
    .option(
      '-f, --faults <kinds>',
      'what fails: all, none, or kinds such as crash,agent,full; crash=50 is once in fifty chances (default: what the simulation says, else all)',
    )
    .option(
      '-S, --simulation <file>',
      'file whose default export has tasks, invariants and the rest (default: simulation.ts beside the topology)',
    )
    .option('-r, --replay <file>', 'run what failed once and was written with --out')
    .option('-o, --out <file>', 'where to write a run that fails, for --replay')
    .option('--no-shrink', 'report a run that fails as it was found')
    .option('--json', 'print the outcome as JSON')
    .addHelpText(
      'after',
      examples([
        'simulate topology.ts --seeds 1000',
        'simulate topology.ts --seed 17 --faults crash,full',
        'simulate topology.ts --out test/simulation/regressions/lost-ticket.json',
        'simulate topology.ts --replay test/simulation/regressions/lost-ticket.json',
      ]),
    )
    .action(async (path: string, options: SimulateOptions) => {
      end(await (await import('./simulate-command.ts')).simulateTopology(path, options, terminal));
    });
}

function countOf(option: string, least: number): (text: string) => number {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw wrongUsage(
      new InvalidOptionError(option, text, `a whole number from ${least} to ${most.toLocaleString('en-US')}`).message,
    );
  };
}
