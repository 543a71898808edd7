// One union of everything that happens in a runtime and is worth seeing, and the bus it is seen on. A listener that
// throws harms nobody; one that reads too slowly loses the oldest events and is told how many.

import type { KernelEvent } from '../kernel/events.ts';
import type { StoreWarning } from '../store/opening/disk-watch.ts';
import type { StateEvent } from '../store/state/state.ts';
import type { TaskEvent } from './task-events.ts';

/** Something that happened in a runtime. `at` is calendar time in milliseconds. */
export type RuntimeEvent =
  | KernelEvent
  | {
      readonly type: 'runtime.started' | 'runtime.stopping' | 'runtime.stopped';
      readonly at: number;
      readonly topology: string;
    }
  | {
      readonly type: 'runtime.recovered';
      readonly at: number;
      readonly topology: string;
      /** Runs that an earlier process had left open, by what became of them. */
      readonly resumed: number;
      readonly parked: number;
      readonly ended: number;
    }
  | { readonly type: 'run.accepted'; readonly at: number; readonly run: string; readonly taskType: string }
  | {
      readonly type: 'run.ended';
      readonly at: number;
      readonly run: string;
      readonly taskType: string;
      readonly state: 'done' | 'failed' | 'cancelled' | 'timedOut';
      readonly tookMs: number;
      readonly error?: string;
    }
  | { readonly type: 'run.event'; readonly at: number; readonly event: TaskEvent }
  | {
      /** A record in the store is damaged; the newest whole version was served in its place. */
      readonly type: 'store.damaged';
      readonly at: number;
      readonly key: string;
      readonly version: number | undefined;
      readonly served: number | undefined;
      readonly problem: string;
    }
  | {
      /** Versions that the retention has outlived can be read no more. */
      readonly type: 'store.pruned';
      readonly at: number;
      readonly versions: number;
      readonly freed_bytes: number;
    }
  | {
      /** Something about the store wants a person's eye; `warning` says what. */
      readonly type: 'store.warned';
      readonly at: number;
      readonly warning: StoreWarning['type'];
      readonly path: string;
      readonly free_bytes?: number;
      readonly error?: unknown;
    }
  | StateEvent;

/** Events of one type. */
export type RuntimeEventOf<Type extends RuntimeEvent['type']> = OneOf<RuntimeEvent, Type>;

/** Some members of the union have several types, which `Extract` would leave out. */
type OneOf<Each, Type> = Each extends { readonly type: infer Own }
  ? Type extends Own
    ? Each & { readonly type: Type }
    : never
  : never;

type Listener = (event: RuntimeEvent) => void;

/** The events of a runtime. */
export class RuntimeEvents {
  readonly #all = new Set<Listener>();
  readonly #byType = new Map<string, Set<Listener>>();
  readonly #onListenerError: (error: unknown) => void;

  constructor(onListenerError: (error: unknown) => void) {
    this.#onListenerError = onListenerError;
  }

  /** Hears every event, or those of one type. @returns how to stop. */
  on(listener: (event: RuntimeEvent) => void): () => void;
  on<Type extends RuntimeEvent['type']>(type: Type, listener: (event: RuntimeEventOf<Type>) => void): () => void;
  on(typeOrListener: string | Listener, typed?: (event: never) => void): () => void {
    if (typeof typeOrListener === 'function') {
      this.#all.add(typeOrListener);
      return () => {
        this.#all.delete(typeOrListener);
      };
    }
    const listener = typed as Listener;
    const listeners = this.#byType.get(typeOrListener) ?? new Set();
    this.#byType.set(typeOrListener, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Tells everybody who listens. */
  emit(event: RuntimeEvent): void {
    for (const listener of this.#all) this.#call(listener, event);
    const typed = this.#byType.get(event.type);
    if (typed === undefined) return;
    for (const listener of typed) this.#call(listener, event);
  }

  #call(listener: Listener, event: RuntimeEvent): void {
    try {
      listener(event);
    } catch (error) {
      this.#onListenerError(error);
    }
  }
}
