// What happens between an actor and the kernel in one turn: the actor's effects are collected while it handles a
// message and carried out after the transition has committed, or dropped with it. It also brings incarnations into
// the world, whose entry effects are collected the same way. One actor at a time has its turn, so one list serves.

import type { AnyActor, AnyActorScope, AnyEventObject, EventObject, Snapshot } from 'xstate';
import type { Carrier } from './carrier.ts';
import type { Cell, CellHost, Keeping } from './cell.ts';
import type { Committer } from './commit/commit.ts';
import { type Envelope, ownLane } from './envelope.ts';
import { Letter } from './letter.ts';
import { type LightHost, LightScope } from './light-scope.ts';
import type { StepHost } from './step.ts';
import type { Incarnation, Outer, TurnParts } from './turn-parts.ts';

export type { Incarnation } from './turn-parts.ts';

/** What an actor is that asks for itself before it has a first state. */
const unbegun: Snapshot<unknown> = { status: 'active', output: undefined, error: undefined };

/** The turns of a kernel's actors. */
export class Turns implements CellHost, StepHost, LightHost {
  active: Cell | undefined = undefined;
  openScope: AnyActorScope | undefined = undefined;
  takenOver: Snapshot<unknown> | undefined = undefined;
  hasDeferred = false;
  keeping: Keeping | undefined = undefined;
  readonly #parts: TurnParts;
  readonly #carrier: Carrier;
  readonly #committer: Committer | undefined;
  #incarnating: Cell | undefined = undefined;
  #collected: (EventObject | undefined)[] = [];
  #count = 0;
  /** The state that an actor being embodied is in. */
  #embodied: Snapshot<unknown> | undefined = undefined;
  readonly #deferred: (() => void)[] = [];
  /** Whose effects are being carried out, and whether it wants to end after them. */
  #releasing: Cell | undefined = undefined;
  #isEnding = false;

  readonly emit: (this: unknown, effect: EventObject) => void;

  constructor(parts: TurnParts) {
    this.#parts = parts;
    this.#carrier = parts.carrier;
    this.#committer = parts.committer;
    const turns = this;
    this.emit = function emit(effect) {
      const { active } = turns;
      if (active !== undefined && (this === active.scope || this === undefined))
        turns.#collected[turns.#count++] = effect;
      else turns.#emittedLater(this as AnyActorScope | undefined, effect);
    };
  }

  collect(effect: EventObject): void {
    this.#collected[this.#count++] = effect;
  }

  release(cell: Cell, envelope: Envelope): void {
    if (cell.spec.durable && this.#committer !== undefined) {
      this.#releaseDurable(this.#committer, cell, envelope);
    } else if (this.#count > 0) this.#releaseAll(cell, envelope);
  }

  #releaseAll(cell: Cell, envelope: Envelope): void {
    const count = this.#count;
    const collected = this.#collected;
    const carrier = this.#carrier;
    this.#count = 0;
    this.#releasing = cell;
    for (let index = 0; index < count; index++) {
      const effect = collected[index];
      collected[index] = undefined;
      if (effect !== undefined) carrier.carryOut(cell, effect, envelope);
    }
    this.#releasing = undefined;
    if (this.#isEnding) this.#end(cell);
  }

  /** An actor wants to end. What else it wants of the same turn comes first: afterwards nobody is there to have it. */
  endSelf(cell: Cell): void {
    if (this.#releasing === cell) this.#isEnding = true;
    else this.#parts.onEnd(cell);
  }

  #end(cell: Cell): void {
    this.#isEnding = false;
    this.#parts.onEnd(cell);
  }

  /** What the durable world wants of itself is done at once, and undone with the turn; all else waits for it. */
  #releaseDurable(committer: Committer, cell: Cell, envelope: Envelope | undefined): void {
    const snapshot = cell.snapshot();
    if (snapshot !== undefined) committer.handled(cell, envelope instanceof Letter ? envelope : undefined, snapshot);
    const count = this.#count;
    if (count === 0) return;
    const collected = this.#collected;
    this.#count = 0;
    for (let index = 0; index < count; index++) {
      const effect = collected[index];
      collected[index] = undefined;
      if (effect !== undefined) this.#parts.ahead?.take(cell, effect, envelope);
    }
  }

  /** What a new incarnation wants at its start; when it is durable, it is the first thing that is kept of it. */
  begin(cell: Cell, effects: readonly EventObject[]): void {
    for (const effect of effects) this.carryOutLater(cell, effect);
  }

  /** XState calls `emit` on the scope it belongs to; users' logic often takes it off, which works within a turn. */
  #emittedLater(scope: AnyActorScope | undefined, effect: EventObject): void {
    const { active } = this;
    if (active !== undefined && scope instanceof LightScope && scope.isOf(active)) {
      this.collect(effect);
      return;
    }
    const cell = scope === undefined ? undefined : this.#parts.registry.get(scope.id);
    if (cell !== undefined && cell.scope === scope) {
      this.carryOutLater(cell, effect);
      return;
    }
    const error = new TypeError(
      'emit was called outside a transition and without its scope; call scope.emit(...) instead',
    );
    this.#parts.report({ type: 'effect.refused', address: scope?.id ?? '', effect: effect.type, error });
  }

  discard(): void {
    this.#take();
  }

  /** An effect that no message caused, from a promise or a callback. */
  carryOutLater(cell: Cell, effect: EventObject): void {
    const { carrier, committer } = this.#parts;
    const snapshot = committer === undefined || !cell.spec.durable ? undefined : cell.snapshot();
    if (committer === undefined || snapshot === undefined) {
      carrier.carryOut(cell, effect, undefined);
      return;
    }
    committer.handled(cell, undefined, snapshot);
    this.#parts.ahead?.take(cell, effect, undefined);
  }

  observed(cell: Cell): void {
    if (cell.spec.durable && this.#committer !== undefined) this.#committer.holdSeen(cell, cell.snapshot());
    else this.show(cell, cell.snapshot());
  }

  /** Shows a state to those who observe. */
  show(cell: Cell, snapshot: Snapshot<unknown> | undefined): void {
    for (const observer of [...(cell.extras?.observers ?? [])]) {
      try {
        observer(snapshot);
      } catch (error) {
        this.#parts.report({ type: 'effect.refused', address: cell.address, effect: 'subscribe', error });
      }
    }
  }

  crashed(cell: Cell, envelope: Envelope, error: unknown): void {
    this.#parts.onCrash(cell, envelope, error);
  }

  finished(cell: Cell): void {
    this.#parts.onFinish(cell);
  }

  adopt(scope: AnyActorScope): Snapshot<unknown> | undefined {
    this.#incarnating?.adopt(scope);
    return this.#embodied;
  }

  defer(fn: () => void): void {
    this.#deferred.push(fn);
    this.hasDeferred = true;
  }

  get log(): (...parts: unknown[]) => void {
    return this.#parts.log;
  }

  /** What a light actor's step put off is done now; an actor that it asked for takes its state over. */
  stepped(cell: Cell): void {
    this.hasDeferred = false;
    for (const fn of this.#deferred.splice(0)) fn();
    if (cell.actor !== undefined) this.#handOver(cell, cell.actor);
  }

  embody(cell: Cell): AnyActorScope {
    const state = cell.light ?? unbegun;
    const outer = this.#enter(cell);
    this.#embodied = state;
    cell.shard = this.#parts.shards.take(cell.logic.needsOwnRoot);
    cell.actor = cell.shard.create(cell.logic, cell.address, cell.input, undefined);
    cell.actor.start();
    this.#embodied = undefined;
    this.#leave(outer);
    // Within its own turn the actor goes on to its next state first, and hands over then.
    if (this.active !== cell) this.#handOver(cell, cell.actor);
    return cell.scope as AnyActorScope;
  }

  #handOver(cell: Cell, actor: AnyActor): void {
    this.takenOver = cell.light;
    this.openScope = cell.scope;
    actor.send({ type: 'troupe.takeOver' });
    this.openScope = undefined;
    this.takenOver = undefined;
    cell.light = undefined;
  }

  divert(scope: AnyActorScope, event: AnyEventObject): void {
    const cell = this.#parts.registry.get(scope.id);
    if (cell?.scope === scope) this.#parts.post.send(cell, event, undefined, ownLane, cell.onBehalfOf);
  }

  /** Makes and starts the XState actor of a cell. It may happen within another actor's turn. */
  incarnate(cell: Cell, snapshot: Snapshot<unknown> | undefined): Incarnation {
    const outer = this.#enter(cell);
    if (cell.logic.isLight && !this.#parts.inspected) this.#beginLightly(cell, snapshot);
    else {
      cell.shard = this.#parts.shards.take(cell.logic.needsOwnRoot);
      cell.actor = cell.shard.create(cell.logic, cell.address, cell.input, snapshot);
      cell.actor.start();
    }
    const effects = this.#take();
    this.#leave(outer);
    const started = cell.snapshot();
    return started?.status === 'error' ? { effects: [], error: { cause: started.error } } : { effects };
  }

  #beginLightly(cell: Cell, snapshot: Snapshot<unknown> | undefined): void {
    const scope = new LightScope(cell, this);
    cell.scope = scope;
    try {
      const begun = snapshot === undefined ? cell.logic.begin(cell.input, scope) : cell.logic.resume(snapshot, scope);
      if (begun.status === undefined) throw new TypeError("The logic's first snapshot has no 'status'.");
      cell.light = begun;
      this.stepped(cell);
    } catch (error) {
      cell.light = { status: 'error', output: undefined, error };
    }
  }

  /** Begins a life within whatever turn is on. */
  #enter(cell: Cell): Outer {
    const outer = {
      active: this.active,
      openScope: this.openScope,
      incarnating: this.#incarnating,
      collected: this.#collected,
      count: this.#count,
    };
    if (this.active !== cell) {
      this.#collected = [];
      this.#count = 0;
    }
    this.#incarnating = cell;
    this.active = cell;
    this.openScope = undefined;
    return outer;
  }

  #leave(outer: Outer): void {
    const sameTurn = outer.collected === this.#collected;
    this.#incarnating = outer.incarnating;
    this.active = outer.active;
    this.openScope = outer.openScope;
    this.#collected = outer.collected;
    if (!sameTurn) this.#count = outer.count;
  }

  #take(): EventObject[] {
    const effects: EventObject[] = [];
    for (let index = 0; index < this.#count; index++) {
      const effect = this.#collected[index];
      this.#collected[index] = undefined;
      if (effect !== undefined) effects.push(effect);
    }
    this.#count = 0;
    return effects;
  }
}
