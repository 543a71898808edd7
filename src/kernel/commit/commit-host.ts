// What the commit needs of the kernel around it. It decides when something is done and when it is undone; how, is the
// business of those who own it.

import type { EventObject, Snapshot } from 'xstate';
import type { Cell } from '../cell.ts';
import type { Turn } from './commit-turn.ts';
import type { Acting } from '../delegation.ts';
import type { ActorRecord } from '../recovery/durable-record.ts';
import type { Envelope } from '../envelope.ts';
import type { Letter } from '../letter.ts';
import type { KernelHappening } from '../events.ts';

/** The kernel as the commit sees it. */
export interface CommitHost {
  /** What is kept of an actor in a state. @throws UNSERIALIZABLE when it can't be kept. */
  recordOf(cell: Cell, snapshot: Snapshot<unknown>): ActorRecord;
  /** A record of an actor is going to be written with a turn. */
  writing(cell: Cell, record: ActorRecord, turn: Turn): void;
  /** How many versions of an actor's record stay readable. */
  keepOf(cell: Cell): number;
  /** Carries out an effect whose turn has landed. */
  carryOut(cell: Cell, effect: EventObject, envelope: Envelope | undefined, acting: Acting | undefined): void;
  /** Shows a state that has landed to those who observe. */
  seen(cell: Cell, snapshot: Snapshot<unknown> | undefined): void;
  /** Brings a message that is kept to whoever is to have it. */
  claim(letter: Letter): void;
  /** A message can't be kept; it becomes a dead letter. */
  refused(letter: Letter, error: unknown): void;
  /** Puts an actor back to a record, in place; without one, to where it began. */
  rollBack(cell: Cell, record: ActorRecord | undefined): void;
  /** Nothing of an actor is in the store, after what was to be has been undone. */
  unkept(cell: Cell): void;
  /** The state of an actor can't be kept: it has crashed, on one of these messages. */
  spoiled(cell: Cell, error: unknown, messages: readonly Letter[]): void;
  /** An actor may have messages again. */
  wake(cell: Cell): void;
  /** Whether durable actors have to wait for the store. */
  stall(isStalled: boolean): void;
  /** Whether a slice of the dispatcher is going to come. */
  isBusy(): boolean;
  /** Whether somebody is ready to handle a message. */
  hasReady(): boolean;
  /** Messages are counted from here: those before are kept in the store. */
  countFrom(id: number): void;
  report(happening: KernelHappening): void;
}
