// A store whose commits a test lets through or fails, and durable actors to try it on.

import { type AnyActorLogic, fromTransition } from 'xstate';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { effect } from '../../src/kernel/effects.ts';
import {
  isRead,
  type KeptLetter,
  type KeptMail,
  type KeptMarks,
  turnOfKey,
} from '../../src/kernel/commit/mail-record.ts';
import type { KernelOptions } from '../../src/kernel/system.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store, StoreWrite } from '../../src/store/port.ts';
import { type KernelKit, kernelKit } from './kernel-kit.ts';
import { type Emit, type Message } from './players.ts';

/** A memory store whose commits wait until they are let through, or fail; then it is closed until it is opened again. */
export class GatedStore implements Store {
  readonly inner = memoryStore(new VirtualClock());
  readonly commits: (readonly StoreWrite[])[] = [];
  isOpen = true;
  /** Why it can't be opened again. */
  ailment: Error | undefined = undefined;
  /** How often it was asked to open again. */
  reopened = 0;
  #failure: Error | undefined = undefined;
  #waiting: ((failure?: Error) => void)[] = [];
  /** Commits that have not landed, which the versions of keys know of. */
  readonly #called = new Set<readonly StoreWrite[]>();

  get(key: string): ReturnType<Store['get']> {
    return this.inner.get(key);
  }

  version(key: string): number {
    let version = this.inner.version(key);
    for (const writes of this.#called) {
      for (const write of writes) {
        if (write.key === key) version = write.value === undefined && write.packed === undefined ? 0 : version + 1;
      }
    }
    return version;
  }

  history(key: string): ReturnType<Store['history']> {
    return this.inner.history(key);
  }

  at(key: string, version: number): ReturnType<Store['at']> {
    return this.inner.at(key, version);
  }

  keys(prefix: string, after?: string): Iterable<string> {
    return this.inner.keys(prefix, after);
  }

  count(prefix: string): number {
    return this.inner.count(prefix);
  }

  scan(prefix: string): ReturnType<Store['scan']> {
    return this.inner.scan(prefix);
  }

  pack(value: unknown, subject: string): ReturnType<Store['pack']> {
    return this.inner.pack(value, subject);
  }

  async reopen(): Promise<void> {
    this.reopened += 1;
    if (this.ailment !== undefined) throw this.ailment;
    this.#failure = undefined;
  }

  /** Commits that have been called and have not been let through. */
  get waiting(): number {
    return this.#waiting.length;
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    this.commits.push(writes);
    if (!this.isOpen) {
      this.#called.add(writes);
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push((failure) => {
          this.#called.delete(writes);
          if (failure === undefined) resolve();
          else reject(failure);
        });
      });
    }
    await this.inner.commit(writes);
  }

  /** Lets the commit that waits longest through, or fails it and all behind it. */
  let(failure?: Error): void {
    if (failure === undefined) {
      this.#waiting.shift()?.();
      return;
    }
    this.#failure = failure;
    for (const wait of this.#waiting.splice(0)) wait(failure);
  }

  /** Lets everything through from now on. */
  open(): void {
    this.isOpen = true;
    for (const wait of this.#waiting.splice(0)) wait();
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** The unread messages in a store, in the order they were sent. */
export function unread(store: Pick<Store, 'get' | 'keys'>): readonly KeptLetter[] {
  const letters: KeptLetter[] = [];
  for (const key of store.keys('mail/')) {
    if (turnOfKey(key) === undefined) continue;
    const mail = store.get(key)?.value as KeptMail;
    const marks = store.get(`${key}/read`)?.value as KeptMarks | undefined;
    letters.push(...mail.letters.filter((_letter, place) => !isRead(marks?.read, place)));
  }
  return letters.toSorted((a, b) => a.id - b.id);
}

/** The keys of the records of mail in a store. */
export const mailKeys = (store: Pick<Store, 'keys'>): readonly string[] => [...store.keys('mail/')];

/** The context that is kept of an actor. */
export function contextOf(store: Pick<Store, 'get'>, address: string): unknown {
  const record = store.get(`actor/${address}`)?.value as { snapshot: { context: unknown } } | undefined;
  return record?.snapshot.context;
}

/** A kernel on a gated store. */
export function durableKit(options: Partial<KernelOptions> = {}): KernelKit & { readonly store: GatedStore } {
  const store = new GatedStore();
  return { ...kernelKit({ ...options, store }), store };
}

/** Sums what it is told; does what `react` says besides. */
export function summing(react: (message: Message, sum: number, emit: Emit) => void = () => {}): AnyActorLogic {
  return fromTransition((sum: number, message: Message, scope) => {
    if (message.type === 'xstate.stop') return sum;
    if (message.type === 'crash') throw new Error('boom');
    const next = sum + (message.n as number);
    react(message, next, (each) => {
      scope.emit(each);
    });
    return next;
  }, 0);
}

/** Sums, tells `ear` and replies. */
export const announcing = summing((_message, sum, emit) => {
  emit(effect.tell('ear', { type: 'sum', sum }));
  emit(effect.reply({ type: 'sum', sum }));
});
