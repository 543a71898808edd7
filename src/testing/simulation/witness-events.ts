// What a witness tells of: everything in a kernel that an invariant may want to see, as it happens. The arguments are
// the kernel's own objects, to be looked at and not to be changed.

import type { EventObject } from 'xstate';
import type { Overflow } from '../../base/supervision-options.ts';
import type { Ask } from '../../kernel/ask.ts';
import type { Cell } from '../../kernel/cell.ts';
import type { DeadLetter } from '../../kernel/dead-letters.ts';
import type { Delegation, DelegationRequest } from '../../kernel/delegation.ts';
import type { Envelope } from '../../kernel/envelope.ts';
import type { Letter } from '../../kernel/letter.ts';
import type { ActorRecord } from '../../kernel/recovery/durable-record.ts';
import type { Timer } from '../../kernel/timers.ts';

/** How a mailbox was before a message was put into it, and by which rules it was. */
export interface Room {
  readonly size: number;
  readonly systemSize: number;
  readonly capacity: number;
  readonly systemCapacity: number;
  readonly overflow: Overflow;
}

/** One watch of one actor's end. */
export interface Watch {
  /** Who is watched. */
  readonly address: string;
  readonly target: Cell;
  /** The actor that watches; undefined when it is somebody outside. */
  readonly by: Cell | undefined;
  /** Whether the actor had ended before. */
  readonly isLate: boolean;
  isWanted: boolean;
  told_count: number;
}

/** What a commit does to one key. */
export interface WatchedWrite {
  readonly key: string;
  /** The packed value; undefined for a deletion, and for what can't be packed. */
  readonly bytes: Uint8Array | undefined;
  readonly isDeletion: boolean;
  /** How many writes of the commit are for this key; the last one counts. */
  readonly times: number;
  /** Whether a write before the last one was a deletion. */
  readonly isMixed: boolean;
  readonly keep: number;
  /** Versions before and after the call; 0 where there is nothing. */
  readonly before: number;
  readonly after: number;
}

/** One call of `commit`. */
export interface WatchedCommit {
  readonly nth: number;
  /** Whether it is a turn of the durable world, rather than a write of runs or shared state. */
  readonly isTurn: boolean;
  readonly writes: readonly WatchedWrite[];
  state: 'under way' | 'landed' | 'failed';
}

/** A timer of the kernel. */
export interface WatchedTimer {
  readonly at: number;
  /** The actor whose own it is: a schedule of it, or a delay of its machine. */
  readonly owner: Cell | undefined;
  /** Which of that actor's beginnings it belongs to. */
  readonly generation: number;
  /** 1 is the first that was set. */
  readonly nth: number;
  timer: Timer | undefined;
}

/** Everything there is to hear of, with what is told. */
export interface WitnessEvents {
  // --- messages ---
  /** A message was put into a mailbox; with the one that was turned away for it, which may be itself. */
  readonly put: [cell: Cell, envelope: Envelope, turnedAway: Envelope | undefined, room: Room];
  /** It was taken out. */
  readonly taken: [cell: Cell, envelope: Envelope];
  /** It was put back before all others. */
  readonly back: [cell: Cell, envelope: Envelope];
  /** It was taken out because it is not to be handled. */
  readonly withdrawn: [cell: Cell, envelope: Envelope];
  /** It was something that an incarnation had sent itself, and has ended with it. */
  readonly forgotten: [cell: Cell, envelope: Envelope];
  /** It is about to be handed to its actor. */
  readonly handling: [cell: Cell, envelope: Envelope];
  /** The transition has gone well. */
  readonly handled: [cell: Cell, envelope: Envelope];
  readonly crashed: [cell: Cell, envelope: Envelope, error: unknown];
  /** Whatever it led to has been done, or put off. */
  readonly over: [cell: Cell, envelope: Envelope];
  /** What is to become of a message on which an actor has crashed is being decided. */
  readonly givenBack: [cell: Cell, envelope: Envelope];
  /** `post.send` has returned. */
  readonly sent: [to: Cell, event: EventObject, from: string | undefined, isAccepted: boolean];
  readonly dead: [letter: Omit<DeadLetter, 'at'>];
  /** A message that is kept is brought to whoever is to have it. */
  readonly claimed: [letter: Letter];
  // --- effects ---
  /** An actor has emitted something within its turn. */
  readonly wanted: [cell: Cell, effect: EventObject];
  /** What an actor wants is about to be carried out, for a message, or at a beginning (then with the effects). */
  readonly releasing: [cell: Cell, envelope: Envelope | undefined, effects: readonly EventObject[] | undefined];
  readonly released: [cell: Cell];
  /** An effect is about to be carried out. */
  readonly effect: [cell: Cell, effect: EventObject, envelope: Envelope | undefined];
  /** An effect waits for the commit of its turn. */
  readonly held: [cell: Cell, effect: EventObject, envelope: Envelope | undefined];
  // --- lives ---
  readonly added: [cell: Cell];
  readonly removed: [cell: Cell];
  /** A new incarnation is about to be made; the cell's own count of them, from 1. */
  readonly beginning: [cell: Cell, generation: number];
  /** An actor is being put back to a record, in place; and has been. */
  readonly rollingBack: [cell: Cell, record: ActorRecord | undefined];
  readonly rolledBack: [cell: Cell];
  /** A durable actor begins from what is kept of it, or afresh; told before and after. */
  readonly restoring: [cell: Cell, isOver: boolean];
  /** The children of an actor are about to be taken down. */
  readonly lowering: [parent: Cell];
  /** Somebody wants this very actor to end. */
  readonly stopAsked: [cell: Cell];
  /** An actor has ended for good, and whoever watches it is about to be told; one that is not in memory has no cell. */
  readonly ending: [address: string, cell: Cell | undefined];
  readonly ended: [address: string, cell: Cell | undefined];
  readonly watching: [watch: Watch];
  readonly told: [watch: Watch];
  /** An actor asks to watch an address; nobody may be there. */
  readonly watchAsked: [by: Cell, address: string, target: Cell | undefined];
  // --- work ---
  readonly asked: [ask: Ask, cell: Cell, timeoutMs: number];
  /** An ask took an answer, or an error, as its outcome. */
  readonly answered: [ask: Ask];
  readonly delegated: [delegation: Delegation, request: DelegationRequest];
  readonly settled: [delegation: Delegation];
  readonly timerSet: [timer: WatchedTimer];
  readonly timerFired: [timer: WatchedTimer];
  // --- the store ---
  /** A commit was called. */
  readonly commit: [commit: WatchedCommit];
  readonly committed: [commit: WatchedCommit];
  readonly refused: [commit: WatchedCommit, error: unknown];
  /** A turn has landed, and all before it. */
  readonly landed: [commit: WatchedCommit];
  /** These turns, and whatever came after them, are about to be undone. */
  readonly undone: [commits: readonly WatchedCommit[]];
  /** A prune forgets the past from before a calendar time, of keys that begin like this; told as it begins and ends. */
  readonly pruning: [before: number, prefix: string, isOver: boolean];
  /** A record was served; without a version where a scan came to it. */
  readonly read: [key: string, version: number | undefined, value: unknown, isCurrent: boolean];
}

/** What is told to those who listen. */
export type Tell = <Type extends keyof WitnessEvents>(type: Type, ...told: WitnessEvents[Type]) => void;

/** Replaces a method on this one object. @returns how to take that back. */
export function around<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  make: (original: Target[Name]) => Target[Name],
): () => void {
  const own = Object.getOwnPropertyDescriptor(target, name);
  const original = target[name];
  const bound = typeof original === 'function' ? (original.bind(target) as Target[Name]) : original;
  Object.defineProperty(target, name, { configurable: true, writable: true, enumerable: false, value: make(bound) });
  return () => {
    if (own === undefined) Reflect.deleteProperty(target, name);
    else Object.defineProperty(target, name, own);
  };
}
