// What tests of durable tasks share: a store that can be held up, made to fail and cut off, and one life of a process
// after another on what it keeps. A process that is killed is one whose store takes nothing from then on.

import { StoreUnavailableError, type TroupeError } from '../../src/base/errors.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import type { RuntimeEvent } from '../../src/observe/events.ts';
import type { RuntimeOptions, SubmitOptions } from '../../src/runtime.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store, StoreWrite } from '../../src/store/port.ts';
import type { Topology } from '../../src/topology/define.ts';
import { Gate, type RuntimeKit, runtimeKit } from './runtime-kit.ts';

/** A store between a runtime and what it keeps. */
export class Between implements Store {
  readonly inner: Store;
  /** The keys of each commit that was called, in order; deletions begin with a minus. */
  readonly commits: (readonly string[])[] = [];
  /** Commits wait here before they land. */
  held: Gate | undefined = undefined;
  /** What every commit fails with; the store must be reopened after one that did. */
  failure: TroupeError | undefined = undefined;
  #needsReopening = false;

  constructor(inner: Store) {
    this.inner = inner;
  }

  hold(): Gate {
    this.held = new Gate();
    return this.held;
  }

  release(): void {
    this.held?.open();
    this.held = undefined;
  }

  /** The process is killed: nothing more gets through, what is held up never lands. */
  kill(): void {
    this.failure = new StoreUnavailableError('nowhere', 'the process has been killed');
    this.release();
  }

  get(key: string) {
    return this.inner.get(key);
  }

  version(key: string) {
    return this.inner.version(key);
  }

  history(key: string) {
    return this.inner.history(key);
  }

  at(key: string, version: number) {
    return this.inner.at(key, version);
  }

  keys(prefix: string, after?: string) {
    return this.inner.keys(prefix, after);
  }

  count(prefix: string) {
    return this.inner.count(prefix);
  }

  scan(prefix: string) {
    return this.inner.scan(prefix);
  }

  pack(value: unknown, subject: string) {
    return this.inner.pack(value, subject);
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits.push(
      writes.map(({ key, value, packed }) => (value === undefined && packed === undefined ? `-${key}` : key)),
    );
    await this.held?.promise;
    if (this.failure !== undefined) {
      this.#needsReopening = true;
      throw this.failure;
    }
    if (this.#needsReopening) throw new StoreUnavailableError('nowhere', 'it has not been reopened');
    await this.inner.commit(writes);
  }

  async reopen(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.#needsReopening = false;
  }

  async close(): Promise<void> {
    await this.inner.close();
  }
}

export interface Life<T extends Topology> extends RuntimeKit<T> {
  readonly store: Between;
  /** Ends the process at once; the next life begins where the store is. */
  readonly kill: () => void;
}

/** Lives of a process on one store, each a day's virtual clock of its own, the calendar going on. */
export class Lives {
  readonly inner = memoryStore(new VirtualClock());
  #wallMs = Date.UTC(2026, 0, 1);
  #clock: VirtualClock | undefined = undefined;

  /** Begins a life, `downMs` after the last one. */
  async begin<T extends Topology>(topology: T, downMs = 1_000, options: RuntimeOptions = {}): Promise<Life<T>> {
    this.#wallMs = (this.#clock?.wall() ?? this.#wallMs) + downMs;
    const clock = new VirtualClock({ wallMs: this.#wallMs });
    this.#clock = clock;
    const store = new Between(this.inner);
    const kit = await runtimeKit(topology, { store, clock, ...options }, clock);
    return {
      ...kit,
      store,
      kill: () => {
        store.kill();
      },
    };
  }

  /** The keys of everything that is kept. */
  keys(prefix = ''): readonly string[] {
    return [...this.inner.keys(prefix)];
  }
}

/** The events of one type. */
export function eventsOf<Type extends RuntimeEvent['type']>(
  events: readonly RuntimeEvent[],
  type: Type,
): readonly Extract<RuntimeEvent, { readonly type: Type }>[] {
  return events.filter((event): event is Extract<RuntimeEvent, { readonly type: Type }> => event.type === type);
}

/** Submits a task and lets it be accepted. @returns the run's id */
export async function submitted(
  { runtime, settle }: Pick<Life<never>, 'settle'> & { readonly runtime: { submit: (...given: never[]) => unknown } },
  type: string,
  input: unknown,
  options: SubmitOptions = {},
): Promise<string> {
  const submitting = runtime.submit({ type, input } as never, options as never) as Promise<{ readonly id: string }>;
  await settle();
  return (await submitting).id;
}

/** The keys of a run that is over, of which nothing else is kept. */
export function over(run: string): readonly string[] {
  return [`end/${run}`, `run/${run}`];
}
