// What users write for a crash test: what is to be done, and what has to hold whenever the process died. Both run in
// child processes, which load this module from its file.

import { InvalidOptionError } from '../../base/errors.ts';
import type { Runtime, RuntimeOptions } from '../../runtime.ts';
import type { Topology } from '../../topology/define.ts';

/** What a workload finds after a recovery. */
export interface Recovered<T extends Topology = Topology, Note = unknown> {
  /** A runtime that has started on what the killed process left. What it took up again is over. */
  readonly runtime: Runtime<T>;
  /** What the killed process had acknowledged, in order, as JSON gives it back. */
  readonly acknowledged: readonly Note[];
}

/** What is done in a process that will be killed, and what has to hold in the one after it. */
export interface CrashWorkload<T extends Topology = Topology, Note = unknown> {
  /** With what the runtimes are made: `logics` of spawned durable actors, a log. */
  readonly options?: Omit<RuntimeOptions, 'store'>;
  /**
   * Does what users of the topology do, on an empty store. It runs once a kill, from the beginning, and should do the
   * same each time.
   *
   * @param acknowledge - To be called with anything that JSON can hold, right after something has been promised: a
   * `submit`, an `ask`, a `committed()` or a `state.set()` has resolved. Once it returns, the note outlives the process.
   */
  run(runtime: Runtime<T>, acknowledge: (note: Note) => void): Promise<void> | void;
  /** Throws when something that was acknowledged is not there, or is there twice, or whatever else must not be. */
  check(recovered: Recovered<T, Note>): Promise<void> | void;
}

/**
 * Says the workload of a crash test with its types. The notes have the type that `acknowledge` is declared with.
 *
 * @example
 * export default crashWorkload(topology, {
 *   async run(runtime, acknowledge: (order: number) => void) {
 *     for (let order = 1; order <= 3; order += 1) {
 *       await runtime.state.set(`order/${order}`, 'taken');
 *       acknowledge(order);
 *     }
 *   },
 *   check({ runtime, acknowledged }) {
 *     for (const order of acknowledged) assert.ok(runtime.state.get(`order/${order}`), `order ${order} is lost`);
 *   },
 * });
 */
export function crashWorkload<T extends Topology, Note = unknown>(
  _topology: T,
  workload: CrashWorkload<T, Note>,
): CrashWorkload<T, Note> {
  return workload;
}

const fields: readonly string[] = ['options', 'run', 'check'] satisfies (keyof CrashWorkload)[];

/** @throws INVALID_OPTION when it is no workload. */
export function checkWorkload(value: unknown): asserts value is CrashWorkload {
  if (typeof value !== 'object' || value === null)
    throw new InvalidOptionError('the default export', value, 'an object with run and check');
  for (const key of Object.keys(value)) {
    if (!fields.includes(key))
      throw new InvalidOptionError(`${key} of the workload`, 'an unknown option', fields.join(', '));
  }
  const { run, check } = value as Partial<CrashWorkload>;
  for (const [name, given] of Object.entries({ run, check })) {
    if (typeof given !== 'function') throw new InvalidOptionError(`${name} of the workload`, given, 'a function');
  }
}
