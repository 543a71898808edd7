// What a run is doing, counted from the runtime's events: for each agent what is done, runs, waits and failed, and
// which tasks run now. Knows no terminal; both ways of showing progress read from it.

import type { RuntimeEvent } from '../../observe/events.ts';
import type { TaskEvent } from '../../observe/task-events.ts';
import { nodesOf, withoutInstance } from '../../topology/addresses.ts';
import type { ResolvedAny, ResolvedTopology } from '../../topology/resolved.ts';

/** Tasks by what became of them. */
export interface Counts {
  done: number;
  running: number;
  waiting: number;
  failed: number;
}

/** One agent, all its instances together; or a director with code of its own. */
export interface Row extends Counts {
  readonly address: string;
}

/** A task that runs now. */
export interface RunningTask {
  readonly type: string;
  readonly address: string;
  /** Calendar time in milliseconds. */
  readonly startedAt: number;
  readonly attempt: number;
  fraction: number | undefined;
  note: string | undefined;
}

interface Tracked {
  readonly row: Row;
  /** Where it is now: the instance that works on it. */
  readonly address: string;
  running: RunningTask | undefined;
}

/** Counts what happens. */
export class Tally {
  readonly rows: readonly Row[];
  retried = 0;
  cancelled = 0;
  restarts = 0;
  readonly #nodes: ReadonlyMap<string, ResolvedAny>;
  readonly #rows: ReadonlyMap<string, Row>;
  /** Every task that has not ended; the runtime bounds how many there are. */
  readonly #open = new Map<string, Tracked>();

  constructor(topology: ResolvedTopology) {
    const nodes = [...nodesOf(topology)];
    this.#nodes = new Map(nodes.map((node) => [node.address, node]));
    this.rows = nodes.filter(isWorker).map(({ address }) => ({ address, done: 0, running: 0, waiting: 0, failed: 0 }));
    this.#rows = new Map(this.rows.map((row) => [row.address, row]));
  }

  take(event: RuntimeEvent): void {
    if (event.type === 'run.event') this.#takeTask(event.event);
    else if (event.type === 'actor.restarting') this.restarts += 1;
    else if (event.type === 'actor.crashed') this.#lost(event.address);
  }

  /** All agents together. */
  totals(): Counts {
    const sum: Counts = { done: 0, running: 0, waiting: 0, failed: 0 };
    for (const row of this.rows)
      for (const key of ['done', 'running', 'waiting', 'failed'] as const) sum[key] += row[key];
    return sum;
  }

  /** The tasks that have run longest, longest first. */
  running(count: number): readonly RunningTask[] {
    const found: RunningTask[] = [];
    for (const { running } of this.#open.values()) if (running !== undefined) found.push(running);
    return found.toSorted((a, b) => a.startedAt - b.startedAt).slice(0, count);
  }

  #takeTask(event: TaskEvent): void {
    const row = this.#rowOf(event);
    const known = this.#open.get(event.task);
    switch (event.type) {
      case 'queued':
      case 'retried':
        if (event.type === 'retried') this.retried += 1;
        if (row !== undefined) this.#move(event, row, undefined);
        break;
      case 'started':
        if (row !== undefined) this.#move(event, row, runningTask(event, event.attempt));
        break;
      case 'progress':
        if (known?.running === undefined) break;
        known.running.fraction = event.fraction;
        known.running.note = event.note;
        break;
      case 'done':
      case 'failed':
        if (known !== undefined && known.row === row) this.#end(event.task, known, event.type);
        break;
      case 'cancelled':
        if (known !== undefined && known.row === row) this.#end(event.task, known, undefined);
        break;
      default:
        break;
    }
  }

  #move(event: TaskEvent, row: Row, running: RunningTask | undefined): void {
    const before = this.#open.get(event.task);
    if (before !== undefined) before.row[before.running === undefined ? 'waiting' : 'running'] -= 1;
    row[running === undefined ? 'waiting' : 'running'] += 1;
    this.#open.set(event.task, { row, address: event.address, running });
  }

  /** Counts a task as what became of it; without that it was cancelled. */
  #end(task: string, { row, running }: Tracked, as: 'done' | 'failed' | undefined): void {
    row[running === undefined ? 'waiting' : 'running'] -= 1;
    if (as === undefined) this.cancelled += 1;
    else row[as] += 1;
    this.#open.delete(task);
  }

  /** What an actor worked on when it crashed has failed; what only waited there comes again. */
  #lost(address: string): void {
    for (const [task, tracked] of this.#open) if (tracked.address === address) this.#end(task, tracked, 'failed');
  }

  /** The agent that a task is for: where it is, or the one that a router above will give it to. */
  #rowOf({ address, taskType }: TaskEvent): Row | undefined {
    const node = this.#nodes.get(withoutInstance(address));
    if (node === undefined) return undefined;
    const row = this.#rows.get(node.address);
    if (row !== undefined || node.kind === 'agent') return row;
    if (node.kind === 'orchestrator' && (node.plan !== undefined || node.run !== undefined)) return undefined;
    const agents = node.kind === 'director' ? node.agents : node.directors.flatMap((director) => director.agents);
    const taker = agents.find((agent) => agent.accepts.includes(taskType));
    return taker && this.#rows.get(taker.address);
  }
}

function isWorker(node: ResolvedAny): boolean {
  return node.kind === 'agent' || (node.kind === 'director' && node.run !== undefined);
}

function runningTask({ taskType, address, at }: TaskEvent, attempt: number): RunningTask {
  return { type: taskType, address, startedAt: at, attempt, fraction: undefined, note: undefined };
}
