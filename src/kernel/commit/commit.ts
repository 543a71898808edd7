// Commit before effect, for durable actors. What messages have led to is gathered in a turn, which one commit makes
// true at once: states, messages read, messages left unread. Inside the durable world the next turn goes on while
// earlier ones are written, since its own commit can only land after theirs; what leaves that world waits for the
// commit. A turn that fails takes every later one with it. Actors that are not durable never come here.

import type { EventObject, Snapshot } from 'xstate';
import type { Clock } from '../../base/clock.ts';
import { ShuttingDownError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { toPlain } from '../../base/plain.ts';
import type { Store, StoreWrite } from '../../store/port.ts';
import type { Address } from '../address.ts';
import type { Cell } from '../cell.ts';
import type { CommitHost } from './commit-host.ts';
import { Awaited, release } from './commit-landing.ts';
import { Outage, within } from './commit-outage.ts';
import { Packing } from './commit-packing.ts';
import { Pipeline } from './commit-pipeline.ts';
import { TakeBack } from './commit-takeback.ts';
import { holdsIn, keyOf, type Landed, recordIn, Touch, touchOf, Turn } from './commit-turn.ts';
import { refuseHeld, undo } from './commit-undo.ts';
import { DurableMail } from './durable-mail.ts';
import type { ActorRecord } from '../recovery/durable-record.ts';
import type { Acting } from '../delegation.ts';
import type { DelegateEffect } from '../effects.ts';
import type { Envelope } from '../envelope.ts';
import type { Letter } from '../letter.ts';

/** Gathers what turns do and commits it. */
export class Committer {
  /** Whether what is sent now is sent by a turn, and is undone with it. */
  isAhead = false;
  /** Whether the kernel is stopping: what is unread stays kept. */
  isClosing = false;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #host: CommitHost;
  readonly #mail: DurableMail;
  readonly #packing: Packing;
  /** While the store takes no commits. */
  readonly outage: Outage;
  readonly #pipeline: Pipeline;
  #open: Turn | undefined = undefined;
  #number: number;
  /** To whom messages wait for their turn to land, so that later ones have to wait behind them. */
  readonly awaited = new Awaited();
  #settledWaiters: (() => void)[] = [];
  #recovered: Letter[];

  constructor(store: Store, clock: Clock, host: CommitHost) {
    this.#store = store;
    this.#clock = clock;
    this.#host = host;
    this.#mail = new DurableMail(store, (letter, error) => {
      host.refused(letter, error);
    });
    this.#packing = new Packing(store, this.#mail, host);
    const takeBack = new TakeBack(store);
    this.outage = new Outage(store, clock, host, takeBack, () => {
      this.goOn();
    });
    this.#pipeline = new Pipeline(store, takeBack, {
      landed: (turn) => {
        this.#landed(turn);
      },
      failing: (error) => {
        this.outage.begin(error);
      },
      failed: (turns, error) => {
        this.#failed(turns, error);
      },
    });
    this.#recovered = [...this.#mail.recover()];
    this.#number = this.#mail.lastTurn;
    host.countFrom((this.#recovered.at(-1)?.id ?? -1) + 1);
  }

  /** A durable actor has handled a message, or something else has changed it. */
  handled(cell: Cell, letter: Letter | undefined, snapshot: Snapshot<unknown>): void {
    const turn = this.#open ?? this.#begin();
    turn.messages += 1;
    this.#touch(cell, turn).snapshot = snapshot;
    if (letter === undefined) return;
    letter.consumed = true;
    if (letter.turn !== turn.number || !letter.sentByTurn) turn.handled.push(letter);
  }

  /** A message is in the mailbox of a durable actor. */
  accepted(letter: Letter): void {
    const turn = this.#open ?? this.#begin();
    letter.turn = turn.number;
    letter.sentByTurn = this.isAhead;
    turn.accepted.push(letter);
  }

  /** A message is given up, for good. */
  dropped(letter: Letter): void {
    letter.consumed = true;
    if (letter.record !== undefined) (this.#open ?? this.#begin()).dropped.push(letter);
  }

  /** Holds an effect that leaves the durable world until the turn has landed. */
  hold(cell: Cell, effect: EventObject, envelope: Envelope | undefined, acting?: Acting): void {
    (this.#open ?? this.#begin()).held.push({ type: 'effect', cell, effect, envelope, letter: undefined, acting });
    if (effect.type === 'troupe.reply' && envelope?.ask !== undefined) envelope.ask.replyHeld = true;
    if (effect.type === 'troupe.delegate') (cell.need().delegating ??= new Set()).add(effect as DelegateEffect);
  }

  /** Holds a message whose receiver is not there, or not yet: it is kept with the turn all the same. */
  holdLetter(cell: Cell, effect: EventObject, envelope: Envelope | undefined, letter: Letter): void {
    const turn = this.#open ?? this.#begin();
    letter.turn = turn.number;
    letter.sentByTurn = true;
    turn.unclaimed.push(letter);
    turn.held.push({ type: 'effect', cell, effect, envelope, letter, acting: undefined });
    this.awaited.add(letter.to);
  }

  /** Shows a state to those who observe, once it is true. */
  holdSeen(cell: Cell, snapshot: Snapshot<unknown> | undefined): void {
    (this.#open ?? this.#begin()).held.push({ type: 'seen', cell, snapshot });
  }

  /** Does something once everything that an actor has done so far has landed, or did not. */
  after(cell: Cell, next: Landed): void {
    const turn = touchOf(cell)?.turn;
    if (turn?.state === 'open' || turn?.state === 'in flight') turn.held.push({ type: 'next', cell, next });
    else next();
  }

  /** Forgets a durable actor that ended for good. */
  forget(cell: Cell): void {
    if (cell.touch === undefined && this.#store.version(keyOf(cell)) === 0) return;
    const turn = this.#open ?? this.#begin();
    this.#touch(cell, turn).ended = true;
  }

  /** Adds a write to the turn that is on. */
  add(write: StoreWrite): void {
    (this.#open ?? this.#begin()).add(write);
  }

  /** Adds a write that is true only if the turn is: it is dropped when the turn is undone. */
  foresee(write: StoreWrite): void {
    (this.#open ?? this.#begin()).foresee(write);
  }

  /** Whether a key that writes were added for is there once all that is under way has landed. */
  holds(key: string): boolean {
    return holdsIn(this.#newestFirst, key) ?? this.#store.version(key) > 0;
  }

  /** Whether what is kept under an address is of an actor that has ended, and about to go. */
  isForgotten(address: Address): boolean {
    return this.#newestFirst.some((turn) => turn.hasEnded(address));
  }

  /** Makes the record of an actor that is about to be taken down, while everything in it is still known. */
  seal(cell: Cell): void {
    const touch = touchOf(cell);
    if (touch !== undefined && touch.turn === this.#open) this.#packing.seal(touch);
  }

  /** The newest record of an actor: of a turn that has not landed yet, else of the store. */
  recall(cell: Cell): ActorRecord | undefined {
    this.seal(cell);
    const record = recordIn(this.#newestFirst, cell);
    const kept: unknown = record === undefined ? this.#store.get(keyOf(cell))?.value : toPlain(record, keyOf(cell));
    return kept as ActorRecord | undefined;
  }

  /** Hands over what was unread when the store was opened, in the order it was sent. */
  takeRecovered(): readonly Letter[] {
    return this.#recovered.splice(0);
  }

  /**
   * Goes on: writes the open turn when there is something to gain by it, and says whether durable actors may have
   * more turns. Called at the end of each slice of the dispatcher and whenever a commit has landed. A lone turn is
   * written at once; while one is on its way, or more is to be handled, it grows until it is worth a commit.
   */
  goOn(): void {
    if (this.outage.failure !== undefined) return;
    const pipeline = this.#pipeline;
    const turn = this.#open;
    if (turn !== undefined && pipeline.hasRoom && (turn.isBig || (pipeline.isEmpty && !this.#isGrowing(turn))))
      this.#close(turn);
    this.#host.stall(pipeline.isHeavy || this.#open?.isBig === true);
    if (this.#isSettled) for (const waiter of this.#settledWaiters.splice(0)) waiter();
  }

  /** Resolves when everything accepted so far has been written. @throws the store's error when it was not. */
  async committed(): Promise<void> {
    const { failure } = this.outage;
    if (failure !== undefined) throw failure.error;
    const turn = this.#open ?? this.#pipeline.turns.at(-1);
    if (turn === undefined) return;
    turn.isComplete = true;
    await turn.landing();
  }

  /** Resolves when nothing is left to be written. */
  async settled(): Promise<void> {
    if (this.#isSettled) return;
    await new Promise<void>((resolve) => {
      this.#settledWaiters.push(resolve);
      this.#checkSoon();
    });
  }

  /** Gives the store up to `limitMs` to take what is left, and says so when it does not. */
  async close(limitMs: number): Promise<void> {
    await within(this.#clock, limitMs, this.settled());
    this.outage.close();
    if (this.#isSettled) return;
    const error = this.outage.failure?.error ?? new ShuttingDownError();
    const turns = [...this.#pipeline.abandon(), ...this.#openTurns()];
    this.#open = undefined;
    this.#host.report({
      type: 'store.abandoned',
      actors: new Set(turns.flatMap((turn) => turn.addresses())).size,
      error,
    });
    for (const turn of turns) refuseHeld(turn, error);
  }

  get #isSettled(): boolean {
    return this.#open === undefined && this.#pipeline.isEmpty;
  }

  /** Whether more is to be handled at once, and nobody has waited for long: what is read now need not be written. */
  #isGrowing({ since, isAwaited }: Turn): boolean {
    const { turn_ms, turnUnawaited_ms } = limits.store;
    return this.#host.hasReady() && this.#clock.now() - since < (isAwaited ? turn_ms : turnUnawaited_ms);
  }

  get #newestFirst(): readonly Turn[] {
    return [...this.#pipeline.turns, ...this.#openTurns()].toReversed();
  }

  #openTurns(): readonly Turn[] {
    return this.#open === undefined ? [] : [this.#open];
  }

  #begin(): Turn {
    const turn = new Turn(++this.#number, this.#clock.now());
    this.#open = turn;
    this.#checkSoon();
    return turn;
  }

  /** A turn that no slice of the dispatcher is going to end is ended by itself. */
  #checkSoon(): void {
    this.#clock.soon(() => {
      if (!this.#host.isBusy()) this.goOn();
    });
  }

  #touch(cell: Cell, turn: Turn): Touch {
    const touch = touchOf(cell);
    if (touch !== undefined && touch.turn === turn && touch.write === undefined) return touch;
    const next = new Touch(cell, turn);
    cell.touch = next;
    turn.touches.push(next);
    return next;
  }

  /** Ends a turn and writes it; states are packed now, whatever happens to the actors before it lands. */
  #close(turn: Turn): void {
    this.#open = undefined;
    const { writes, later } = this.#packing.close(turn);
    for (const letter of later) (this.#open ?? this.#begin()).accepted.push(letter);
    if (writes.length > 0 || turn.held.length > 0 || turn.waiters.length > 0) this.#pipeline.write(turn, writes);
    else turn.state = 'landed';
  }

  #landed(turn: Turn): void {
    this.outage.landed();
    release(turn, this.#host, this.awaited);
    this.goOn();
  }

  /** The turns that have not landed are undone; what is left of them goes into the next, which waits for the store. */
  #failed(turns: readonly Turn[], error: unknown): void {
    const all = [...turns, ...this.#openTurns()];
    this.#open = undefined;
    this.awaited.clear();
    const { accepted, ended, unkept, added } = undo(all, error, {
      store: this.#store,
      mail: this.#mail,
      host: this.#host,
    });
    for (const letter of accepted) (this.#open ?? this.#begin()).accepted.push(letter);
    for (const cell of ended) this.forget(cell);
    if (this.#mail.isDirty) this.#open ??= this.#begin();
    for (const write of added) this.add(write);
    for (const cell of unkept) this.#host.unkept(cell);
    this.outage.retry();
  }
}
