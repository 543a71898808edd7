// What the drivers of orchestrators, directors and agents have at hand: the kernel, time, chance, the routes of the
// topology and the notebook of task events. One desk a runtime.

import type { Logger } from 'pino';
import type { Clock } from '../src/base/clock.ts';
import type { Random } from '../src/base/random.ts';
import type { Kernel } from '../src/kernel/system.ts';
import type { Note } from '../src/observe/task-events.ts';

/** Who is to have a task, and as what. */
export interface Target {
  readonly address: string;
  readonly taskType: string;
  readonly timeoutMs: number | undefined;
}

/** What drivers work with. */
export interface Desk {
  readonly kernel: Kernel;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly note: Note;
  /** Whom a task type, or an address, means when `from` says it. @throws NO_AGENT */
  readonly resolve: (from: string, toOrType: string, input: unknown) => Target;
}
