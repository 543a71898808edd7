// What XState keeps of a machine, made without it where that takes no more than reading some fields: a machine without
// children, history and references to actors, as nearly all are. XState takes snapshots apart by a rest and puts them
// together again by a spread, at the end of every turn, which costs more than packing what comes of it.
//
// The outcome is XState's own, name for name and in its order. Whatever is less plain goes to XState, and so does
// everything when the XState in use keeps other fields than these, or the machine is of a class of its own.

import { isDeepStrictEqual } from 'node:util';
import { type AnyMachineSnapshot, createMachine, type Snapshot, StateMachine } from 'xstate';
import { limits } from '../../base/limits.ts';
import type { HostedLogic } from '../step.ts';

/** What is kept of a machine that is nothing but its state and its data. */
interface PlainMachine {
  readonly status: string;
  readonly output: unknown;
  readonly error: unknown;
  readonly value: unknown;
  readonly historyValue: Readonly<Record<string, never>>;
  readonly context: unknown;
  readonly children: Readonly<Record<string, never>>;
}

/**
 * What XState keeps of a machine. It shares the context and the state's value with the snapshot, as XState's does.
 *
 * @returns undefined when it takes XState to make it.
 */
export function persistedMachine(logic: HostedLogic, snapshot: Snapshot<unknown>): object | undefined {
  if (logic.isLight || logic.emitsLater || !isKnownXState) return undefined;
  const { machine, children, historyValue, context } = snapshot as Partial<AnyMachineSnapshot>;
  // The snapshot of a machine that could not begin has none of these.
  if (machine === undefined || Object.getPrototypeOf(machine) !== StateMachine.prototype) return undefined;
  if (!isEmpty(children) || !isEmpty(historyValue)) return undefined;
  if (typeof context !== 'object' || context === null || !isData(context, 0)) return undefined;
  return plainMachine(snapshot as AnyMachineSnapshot);
}

function plainMachine({ status, output, error, value, context }: AnyMachineSnapshot): PlainMachine {
  return { status, output, error, value, historyValue: {}, context, children: {} };
}

function isEmpty(record: object | undefined): boolean {
  for (const name in record) return name === undefined;
  return true;
}

const deepest = limits.message.depth_levels;

/**
 * Whether a part of a context certainly holds no reference to an actor: it is records and lists, and what is no object.
 * What lies deeper than a record may be is not looked at: it is refused when it is packed, which also ends a cycle.
 */
function isData(part: object, level: number): boolean {
  if (level > deepest) return true;
  const prototype: unknown = Object.getPrototypeOf(part);
  if (prototype === Array.prototype) return isDataList(part as readonly unknown[], level);
  if (prototype !== Object.prototype || 'sessionId' in part) return false;
  for (const name in part) {
    const member = (part as Readonly<Record<string, unknown>>)[name];
    if (typeof member === 'object' && member !== null && !isData(member, level + 1)) return false;
  }
  return true;
}

/** By place, since going through a list by its keys takes several times as long; so it may have no names, and no holes. */
function isDataList(list: readonly unknown[], level: number): boolean {
  const { length } = list;
  if (Object.keys(list).length !== length) return false;
  for (let place = 0; place < length; place += 1) {
    const member = list[place];
    if (typeof member === 'object' && member !== null && !isData(member, level + 1)) return false;
  }
  return true;
}

const sample = createMachine({ context: { data: 1 } }).resolveState({ value: {}, context: { data: 1 } });

/** Whether the XState in use keeps just what is kept here. */
const isKnownXState = isSame(sample.machine.getPersistedSnapshot(sample), plainMachine(sample));

function isSame(theirs: object, ours: object): boolean {
  return isDeepStrictEqual(theirs, ours) && isDeepStrictEqual(Object.keys(theirs), Object.keys(ours));
}
