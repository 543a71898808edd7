// The scope of an actor that has no XState actor object yet. Logic that is nothing but a transition (no `start`, no
// machine) needs none to run: the cell keeps its snapshot and hands it each event itself. The first time such logic
// asks for `self`, its system or anything else that only a real actor has, it gets one, in the state it is in, and is
// hosted like any other from then on. Nobody can tell the difference, but an actor that never asks costs a third of
// the memory and half of the time. Built on XState's public ActorScope type.

import type { ActionExecutor, AnyActorRef, AnyActorScope, EventObject } from 'xstate';
import type { Cell } from './cell.ts';

/** What a light scope needs of the host. */
export interface LightHost {
  readonly active: Cell | undefined;
  /** Takes what is emitted within a turn, even when it was taken off its scope. */
  readonly emit: (this: unknown, effect: EventObject) => void;
  readonly log: (...parts: unknown[]) => void;
  /** Calls something after the transition, as XState does. */
  defer(fn: () => void): void;
  carryOutLater(cell: Cell, effect: EventObject): void;
  /** Gives a cell its XState actor. @returns that actor's scope. */
  embody(cell: Cell): AnyActorScope;
}

/** An actor scope that becomes a real one when that is needed. */
export class LightScope implements AnyActorScope {
  readonly #cell: Cell;
  readonly #host: LightHost;
  readonly #incarnation: number;

  constructor(cell: Cell, host: LightHost) {
    this.#cell = cell;
    this.#host = host;
    this.#incarnation = cell.incarnation;
  }

  get id(): string {
    return this.#cell.address;
  }

  get emit(): (effect: EventObject) => void {
    if (this.#host.active === this.#cell) return this.#host.emit;
    return (effect) => {
      if (this.#cell.incarnation === this.#incarnation && this.#cell.isAlive)
        this.#host.carryOutLater(this.#cell, effect);
    };
  }

  get logger(): (...parts: unknown[]) => void {
    return this.#host.log;
  }

  get defer(): (fn: () => void) => void {
    return (fn) => {
      this.#host.defer(fn);
    };
  }

  get self(): AnyActorRef {
    return this.#real().self;
  }

  get sessionId(): string {
    return this.#real().sessionId;
  }

  get system(): AnyActorScope['system'] {
    return this.#real().system;
  }

  get stopChild(): (child: AnyActorRef) => void {
    return this.#real().stopChild;
  }

  get actionExecutor(): ActionExecutor {
    return this.#real().actionExecutor;
  }

  /** Whether it is a scope of this cell's present incarnation. */
  isOf(cell: Cell): boolean {
    return this.#cell === cell && this.#incarnation === cell.incarnation;
  }

  #real(): AnyActorScope {
    const { scope } = this.#cell;
    if (this.#cell.incarnation !== this.#incarnation || scope === undefined) {
      throw new TypeError(`'${this.#cell.address}' has ended; its scope can't be used any more.`);
    }
    return scope instanceof LightScope ? this.#host.embody(this.#cell) : scope;
  }
}
