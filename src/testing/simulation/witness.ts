// The witness of one kernel: it hears of every message, effect, life, ask, delegation, timer and commit in it, as they
// happen. It puts itself around the methods of the kernel's parts, on these very objects: production has no line for
// it and pays nothing. Made when the parts are together and nothing has run.

import type { KernelParts } from '../../kernel/parts.ts';
import type { Tell, WitnessEvents } from './witness-events.ts';
import { watchLives } from './witness-lives.ts';
import { watchMail } from './witness-mail.ts';
import { watchStore } from './witness-store.ts';
import { Owner, watchTimers } from './witness-timers.ts';
import { watchWork } from './witness-work.ts';

export type { Room, Watch, WatchedCommit, WatchedTimer, WatchedWrite, WitnessEvents } from './witness-events.ts';

/** Nothing that is told has more parts. */
type Listener = (first: unknown, second: unknown, third: unknown, fourth: unknown) => void;

/** Sees what happens in a kernel, and tells of it. */
export class Witness {
  /** By what they hear of. */
  readonly #listeners: Record<string, Listener[] | undefined> = {};
  readonly #owner = new Owner();
  readonly #letGo: () => void;
  /** What the clocks showed when the process began. */
  readonly begun: { readonly now: number; readonly wall: number };
  #isSilent = false;

  /** @param parts - Of a kernel in which nothing has run yet. */
  constructor(parts: KernelParts) {
    // Called for everything that happens: no list of arguments is made.
    const tell = (
      type: keyof WitnessEvents,
      first: unknown,
      second: unknown,
      third: unknown,
      fourth: unknown,
    ): void => {
      const listeners = this.#listeners[type];
      if (listeners === undefined || this.#isSilent) return;
      for (let nth = 0; nth < listeners.length; nth++) listeners[nth]?.(first, second, third, fourth);
    };
    this.begun = { now: parts.clock.now(), wall: parts.clock.wall() };
    this.#watch(parts, tell as Tell);
    this.#letGo = watchStore(parts, tell as Tell);
  }

  #watch(parts: KernelParts, tell: Tell): void {
    watchMail(parts, tell, this.#owner);
    watchLives(parts, tell, this.#owner);
    watchWork(parts, tell, this.#owner);
    watchTimers(parts, tell, this.#owner);
  }

  /** Hears of one kind of happening, for as long as the kernel lives. */
  on<Type extends keyof WitnessEvents>(type: Type, listener: (...told: WitnessEvents[Type]) => void): void {
    (this.#listeners[type] ??= []).push(listener as unknown as Listener);
  }

  /** How often a cell has begun an incarnation, those in place of a rollback included. */
  generationOf(cell: Parameters<Owner['generationOf']>[0]): number {
    return this.#owner.generationOf(cell);
  }

  /** The process is gone: tells nothing more, and lets go of the store. */
  silence(): void {
    this.#isSilent = true;
    this.#letGo();
  }
}
