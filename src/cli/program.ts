// What can be typed: commands, arguments and options, with help and examples. Parsing is commander's; every mistake
// ends as one message and status 2.

import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { type ExitStatus, exitStatus, wrongUsage } from './command-error.ts';
import type { CheckOptions } from './check.ts';
import type { GraphOptions } from './graph.ts';
import { drainMs, formatOf, levelOf, positiveMs, priorityOf } from './options.ts';
import type { RunOptions } from './run.ts';
import { addSimulate } from './simulate-words.ts';
import { addStoreCommands, storeCommands } from './store-commands.ts';
import type { Terminal } from './terminal.ts';
import { addTest } from './test-words.ts';

const topologyHelp = 'file that exports the topology (TypeScript or JavaScript)';

/**
 * Does what a command line says.
 *
 * @param words - What was typed after the program's name.
 * @throws CommandError when it can't.
 */
export async function perform(words: readonly string[], terminal: Terminal): Promise<ExitStatus> {
  let status: ExitStatus = exitStatus.done;
  const set = (ended: ExitStatus): void => {
    status = ended;
  };
  const said: string[] = [];
  const program = newCommand(new Command('troupe'), said)
    .enablePositionalOptions() // `--version` after a command is that command's own
    .description('Runs topologies of supervised actors.')
    .version(version(), '-V, --version', 'print the version')
    .addHelpText(
      'after',
      examples(['run topology.ts', 'check topology.ts', 'graph topology.ts --output topology.html'], exitHelp),
    );
  addRun(newCommand(program.command('run'), said), terminal, set);
  addCheck(newCommand(program.command('check'), said), terminal, set);
  addGraph(newCommand(program.command('graph'), said), terminal, set);
  addTest(newCommand(program.command('test'), said), terminal, set, (lines) => examples(lines, exitHelp));
  addSimulate(newCommand(program.command('simulate'), said), terminal, set, (lines) => examples(lines, exitHelp));
  addStoreCommands(newCommand(program.command('store'), said), {
    terminal,
    end: set,
    dressed: (command) => newCommand(command, said),
    examples: (lines) => examples(lines, storeExitHelp),
  });
  try {
    await program.parseAsync([...words], { from: 'user' });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return misused(error, said, words, terminal);
    throw error;
  }
}

const exitHelp = `
Exit status: 0 done, 1 the run or check failed, 2 wrong usage,
130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
`;

const storeExitHelp = `
Exit status: 0 done, 1 it could not be done or something is damaged, 2 wrong usage.
`;

function newCommand(command: Command, said: string[]): Command {
  return command
    .exitOverride()
    .helpOption('-h, --help', 'print this help')
    .allowExcessArguments(false)
    .configureOutput({
      writeErr: (text) => said.push(text),
      writeOut: (text) => said.push(text),
      outputError: (text) => said.push(text),
    });
}

function addRun(command: Command, terminal: Terminal, end: (status: ExitStatus) => void): void {
  command
    .summary('run one task to its end')
    .description('Runs one task to its end. The result goes to stdout as JSON, progress and everything else to stderr.')
    .argument('<topology>', topologyHelp)
    .argument('[type]', 'task type; may be left out where the topology takes only one')
    .option('-i, --input <json>', 'input of the task: JSON, @file.json, or @- for stdin')
    .option(
      '-t, --timeout <duration>',
      'how long the whole may take, such as 90s or 5m (default: 10m, or what the topology says)',
      positiveMs,
    )
    .option('-p, --priority <n>', 'from 0 (most urgent) to 10 (default: 5, or what the topology says)', priorityOf)
    .option('-s, --store <dir>', 'keep the run in a store: killed or stopped, the same command goes on where it was')
    .option('--json', 'print the result on one line')
    .option(
      '--log <level>',
      'also write a log to stderr, as JSON lines: trace, debug, info, warn, error or fatal',
      levelOf,
    )
    .option('--drain <duration>', 'how long Ctrl-C waits for the run to end before it cancels it', drainMs, 10_000)
    .addHelpText(
      'after',
      examples(
        [
          `run topology.ts audit --input '{"dir":"src"}'`,
          'run topology.ts --input @task.json --timeout 2m',
          'run topology.ts --input @task.json --store .troupe',
          'cat task.json | troupe run topology.ts --input @- --json > result.json',
        ],
        `
Ctrl-C takes nothing new and waits for the run; a second one stops at once. With a store nothing that was finished is
lost by that: the same command with the same input goes on.
A result that comes while it waits is printed all the same, the status stays 130.
${exitHelp}`,
      ),
    )
    .action(async (path: string, type: string | undefined, options: RunOptions) => {
      end(await (await import('./run.ts')).runTask(path, type, options, terminal));
    });
  // Not the number of milliseconds, which nobody typed.
  for (const option of command.options) if (option.long === '--drain') option.defaultValueDescription = '10s';
}

function addCheck(command: Command, terminal: Terminal, end: (status: ExitStatus) => void): void {
  command
    .summary('validate a topology and show what it is made of')
    .description(
      'Validates a topology without starting it, and prints its tree, limits, delegation graph and accepted types, or every problem.',
    )
    .argument('<topology>', topologyHelp)
    .option('--json', 'print the outcome as JSON')
    .addHelpText('after', examples(['check topology.ts', 'check topology.ts --json'], exitHelp))
    .action(async (path: string, options: CheckOptions) => {
      end(await (await import('./check.ts')).checkTopologyFile(path, options, terminal));
    });
}

function addGraph(command: Command, terminal: Terminal, end: (status: ExitStatus) => void): void {
  command
    .summary('draw the tree and the statecharts')
    .description(
      'Draws the supervision tree, or a statechart. The default is a page of HTML with the tree and all statecharts.',
    )
    .argument('<topology>', topologyHelp)
    .option(
      '-m, --machine <name>',
      'a statechart: orchestrator, director, agent, supervisor, task, breaker, or the address of a node with its own machine',
    )
    .option('-f, --format <format>', 'mermaid, svg or html (default: by the name of the output, else html)', formatOf)
    .option('-o, --output <file>', 'where to write (default: stdout)')
    .addHelpText(
      'after',
      examples(
        [
          'graph topology.ts --output topology.html',
          'graph topology.ts --format mermaid',
          'graph topology.ts --machine agent --output agent.svg',
        ],
        exitHelp,
      ),
    )
    .action(async (path: string, options: GraphOptions) => {
      end(await (await import('./graph.ts')).graphTopology(path, options, terminal));
    });
}

function examples(lines: readonly string[], after: string): string {
  return `\nExamples:\n${lines.map((line) => `  ${line.startsWith('cat ') ? line : `troupe ${line}`}`).join('\n')}\n${after.trimEnd()}`;
}

/** What commander ended with: help and version are answers, everything else is a mistake. */
async function misused(
  error: CommanderError,
  said: readonly string[],
  words: readonly string[],
  terminal: Terminal,
): Promise<ExitStatus> {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') {
    await terminal.result(said.join(''));
    return exitStatus.done;
  }
  if (error.code === 'commander.help') {
    terminal.note(said.join('').trimEnd());
    return exitStatus.usage;
  }
  const [message = '', ...rest] = error.message.replace(/^error: /, '').split('\n');
  const command =
    words[0] === 'store'
      ? storeCommandIn(words)
      : ['run', 'check', 'graph', 'test', 'simulate'].find((name) => words.includes(name));
  const isInput = error.code === 'commander.excessArguments' && words.some((word) => /^[{[]/.test(word));
  throw wrongUsage(message.endsWith('.') ? message : `${message}.`, [
    ...rest.map((line) => `  ${line}`),
    ...(isInput ? ['  Give the input with --input.'] : []),
    `  See troupe ${command === undefined ? '' : `${command} `}--help.`,
  ]);
}

/** `store ls`, where the words name one of its commands. */
function storeCommandIn([, name = '']: readonly string[]): string {
  return storeCommands.includes(name) ? `store ${name}` : 'store';
}

function version(): string {
  return (createRequire(import.meta.url)('troupe/package.json') as { readonly version: string }).version;
}
