// A store whose commits a test lets through or fails, and durable actors to try it on.

import { type AnyActorLogic, fromTransition } from 'xstate';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { effect } from '../../src/kernel/effects.ts';
import { memoryStore } from '../../src/store/memory.ts';
import type { Store, StoreWrite } from '../../src/store/port.ts';
import { type KernelKit, kernelKit } from './kernel-kit.ts';
import { type Emit, type Message } from './players.ts';

/** A memory store whose commits wait until they are let through, or fail. */
export class GatedStore implements Store {
  readonly inner = memoryStore(new VirtualClock());
  readonly commits: (readonly StoreWrite[])[] = [];
  isOpen = true;
  #waiting: ((failure?: Error) => void)[] = [];

  get(key: string): ReturnType<Store['get']> {
    return this.inner.get(key);
  }

  version(key: string): number {
    return this.inner.version(key);
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

  pack(value: unknown, subject: string): ReturnType<Store['pack']> {
    return this.inner.pack(value, subject);
  }

  reopen(): Promise<void> {
    return this.inner.reopen();
  }

  async commit(writes: readonly StoreWrite[]): Promise<void> {
    this.commits.push(writes);
    if (!this.isOpen) {
      await new Promise<void>((resolve, reject) => {
        this.#waiting.push((failure) => {
          if (failure === undefined) resolve();
          else reject(failure);
        });
      });
    }
    await this.inner.commit(writes);
  }

  /** Lets the commit that waits through, or fails it. */
  let(failure?: Error): void {
    this.#waiting.shift()?.(failure);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}

/** A kernel on a gated store. */
export function durableKit(): KernelKit & { readonly store: GatedStore } {
  const store = new GatedStore();
  return { ...kernelKit({ store }), store };
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
