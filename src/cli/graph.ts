// `troupe graph`: pictures of a topology's tree and of every statechart, the product's own and those that users put
// in their place.

import { writeFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import type { AnyStateMachine } from 'xstate';
import {
  agentMachine,
  breakerMachine,
  directorMachine,
  orchestratorMachine,
  supervisorMachine,
  taskMachine,
} from '../../machines/index.ts';
import { describeError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import { nodesOf } from '../topology/addresses.ts';
import { drawAll, type DrawFormat, drawMachine, drawTree, type NamedMachine } from '../topology/draw/draw.ts';
import { suggestion } from '../topology/problems.ts';
import type { ResolvedTopology } from '../topology/resolved.ts';
import { exitStatus, type ExitStatus, wrongUsage } from './command-error.ts';
import { loadTopology, refusal } from './load-topology.ts';
import { shortPath } from './source-frame.ts';
import { consoleToStderr, type Terminal } from './terminal.ts';

/** Options of `troupe graph`. */
export interface GraphOptions {
  readonly machine?: string;
  readonly format?: DrawFormat;
  readonly output?: string;
}

/** Draws a topology. @returns the exit status. */
export async function graphTopology(path: string, options: GraphOptions, terminal: Terminal): Promise<ExitStatus> {
  consoleToStderr(terminal);
  const topology = await loadTopology(path).catch((error: unknown) => {
    throw refusal(path, error, wrongUsage) ?? error;
  });
  const format = options.format ?? formatByName(options.output) ?? 'html';
  if (options.output === undefined && format === 'html' && terminal.resultsAreSeen) {
    throw wrongUsage('a page of HTML is not for a terminal.', [
      `  Write it to a file with --output ${topology.name}.html, or use --format mermaid.`,
    ]);
  }
  const picture = await draw(topology.resolved, options.machine, format);
  if (options.output === undefined) await terminal.result(picture.endsWith('\n') ? picture : `${picture}\n`);
  else await write(options.output, picture, terminal);
  return exitStatus.done;
}

/** The machines that can be drawn: by name, or by the address of the node that runs them. */
export function machinesOf(topology: ResolvedTopology): readonly NamedMachine[] {
  const own: Readonly<Record<string, AnyStateMachine>> = {
    orchestrator: orchestratorMachine,
    director: directorMachine,
    agent: agentMachine,
    supervisor: supervisorMachine,
    task: taskMachine,
    breaker: breakerMachine,
  };
  const users = [...nodesOf(topology)].flatMap(({ address, machine }) =>
    isStateMachine(machine) ? [{ name: address, machine }] : [],
  );
  return [...users, ...Object.entries(own).map(([name, machine]) => ({ name, machine }))];
}

function isStateMachine(logic: unknown): logic is AnyStateMachine {
  return typeof logic === 'object' && logic !== null && 'root' in logic && 'config' in logic;
}

function formatByName(output: string | undefined): DrawFormat | undefined {
  if (output === undefined) return undefined;
  const known: Readonly<Record<string, DrawFormat>> = {
    '.svg': 'svg',
    '.html': 'html',
    '.htm': 'html',
    '.mmd': 'mermaid',
    '.mermaid': 'mermaid',
  };
  return known[extname(output).toLowerCase()];
}

async function draw(topology: ResolvedTopology, name: string | undefined, format: DrawFormat): Promise<string> {
  const machines = machinesOf(topology);
  if (name === undefined)
    return format === 'html' ? drawAll({ resolved: topology, machines }, 'html') : drawTree(topology, format);
  const found = machines.find((machine) => machine.name === name);
  if (found !== undefined) return drawMachine(found.machine, format);
  const node = [...nodesOf(topology)].find(({ address }) => address === name);
  const names = machines.map((machine) => machine.name);
  if (node === undefined)
    throw wrongUsage(`there is no machine '${printable(name)}'.`, [
      `  ${suggestion(name, names)} Known: ${names.join(', ')}.`,
    ]);
  throw wrongUsage(
    node.machine === undefined
      ? `'${name}' has no machine of its own; it runs the built-in one.`
      : `the logic of '${name}' is no state machine and has no statechart.`,
    node.machine === undefined ? [`  Draw that with --machine ${node.kind}.`] : [],
  );
}

async function write(output: string, picture: string, terminal: Terminal): Promise<void> {
  const file = resolve(output);
  try {
    await writeFile(file, picture);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason =
      code === 'ENOENT'
        ? 'its folder does not exist'
        : code === 'EISDIR'
          ? 'it is a folder'
          : printable(describeError(error));
    throw wrongUsage(`--output '${printable(output)}' can't be written: ${reason}.`, [
      '  Give the path of a file in a folder that you may write to.',
    ]);
  }
  terminal.note(`Wrote ${shortPath(file)} (${Math.ceil(Buffer.byteLength(picture) / 1_024)} KB).`);
}
