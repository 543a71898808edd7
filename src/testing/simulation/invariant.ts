// What must hold in every step of a simulated run, whatever chance does. An invariant is made anew for each run; it
// looks at the lives of the process one after the other, and says what is wrong in one sentence.

import type { KernelParts } from '../../kernel/parts.ts';
import type { RuntimeEvent } from '../../observe/events.ts';
import type { Runtime } from '../../runtime.ts';
import type { Store } from '../../store/port.ts';
import type { Witness } from './witness.ts';

/** One life of the simulated process, from its start to its stop or kill. */
export interface Life {
  /** 1, 2, 3 … */
  readonly nth: number;
  readonly runtime: Runtime;
  readonly kernel: KernelParts;
  /** What happens in its kernel, as it happens. */
  readonly witness: Witness;
  /** Its store, through which nothing goes any more once it was killed. */
  readonly store: Store | undefined;
  /** Hops that a delegation chain may have; as a runtime has it that says nothing else, where it is left out. */
  readonly delegationDepth?: number;
}

/** What an invariant may look at. */
export interface SimulatedRun {
  /** The present life; undefined while the process is down. */
  readonly life: Life | undefined;
  /** Monotonic milliseconds of the simulated world. */
  now(): number;
  /** Steps so far. */
  readonly step: number;
  /** Whether its disk rots: what was kept may be gone or older, and only must not be wrong. */
  readonly rots: boolean;
}

/** How an invariant follows one run; every part is optional. */
export interface InvariantWatch {
  /** A life has begun: its kernel is put together, nothing has run in it. */
  readonly born?: (life: Life) => void;
  /** Something that a user would see too. */
  readonly event?: (event: RuntimeEvent, life: Life) => void;
  /** After each step, between the turns of actors. */
  readonly step?: (life: Life) => void;
  /** The process was killed, or has stopped in order. */
  readonly over?: (life: Life, how: 'killed' | 'stopped') => void;
  /** Everything has settled, nothing fails any more; before the last life is stopped. */
  readonly settled?: (life: Life) => void;
  /** The run is over, however it ended: lets go of what was taken outside of it. */
  readonly done?: () => void;
}

/** Something that must always hold. */
export interface Invariant {
  /** A sentence without a full stop: `every ask settles once`. */
  readonly name: string;
  /** @param fail - Says what is wrong; the run ends with the first that is. */
  readonly watch: (run: SimulatedRun, fail: (problem: string) => void) => InvariantWatch;
}
