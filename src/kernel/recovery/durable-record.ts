// What is kept of a durable actor besides its state, so that it can go on in another process: its timers with their
// due times, what it hears and watches, the messages it has put aside or sent itself, the tasks it waits for, the tasks
// it has in hand. Each part is left out when there is nothing to say, so the record of an idle counter is its state and one number.

import type { AnyActorRef, EventObject, Snapshot } from 'xstate';
import { UnserializableError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { toPlain } from '../../base/plain.ts';
import { Priority } from '../../base/priority.ts';
import type { Cell, Keeping } from '../cell.ts';
import type { Delegation } from '../delegation.ts';
import type { Delay } from './delays.ts';
import { type Envelope, isAssignment, ownLane } from '../envelope.ts';
import { persistedMachine } from './persisted-machine.ts';

/** A message as it is kept with its actor. Who waits for its answer, and the task it is part of, end with the process. */
export interface StoredMessage {
  readonly event: EventObject;
  /** Left out when it came from outside. */
  readonly from?: string;
  /** Left out when it is NORMAL. */
  readonly priority?: number;
  /** Which of the process's messages it is; of messages put aside only. */
  readonly id?: number;
}

/** An event that an actor has scheduled for itself. */
export interface StoredSchedule {
  readonly id: string;
  readonly event: EventObject;
  /** Calendar time in milliseconds. */
  readonly due: number;
}

/** An `after`, or a delayed `raise` or `sendTo`, of a machine or of a machine that it has invoked. */
export interface StoredDelay extends StoredSchedule {
  /** Which of its children has set it, by ids from the machine down; left out when the machine itself has. */
  readonly source?: readonly string[];
  /** Which of its children gets it; left out when the machine itself does. */
  readonly target?: readonly string[];
}

/** A task that an actor has in hand: what it takes to delegate on its behalf, and to know it when it is given again. */
export interface StoredTask {
  readonly id: string;
  readonly type: string;
  /** Who delegated it; left out when it came from outside. */
  readonly from?: string;
  /** Left out when it is empty. */
  readonly chain?: readonly string[];
  /** Calendar time in milliseconds; left out when it has no deadline. */
  readonly due?: number;
  /** Left out when it is NORMAL. */
  readonly priority?: number;
  /** Left out when it is the task's own id. */
  readonly correlation?: string;
}

/** What the clocks showed when a record was written. */
export interface StoredMoment {
  /** Which process wrote it: what both clocks showed as that began. */
  readonly process: string;
  /** Calendar time in milliseconds. */
  readonly wall: number;
  /** Milliseconds of that process's monotonic clock. */
  readonly now: number;
}

/** What is kept under `actor/<address>`. */
export interface ActorRecord {
  readonly format: 1;
  /** What XState keeps of the actor. */
  readonly snapshot: unknown;
  readonly schedules?: readonly StoredSchedule[];
  readonly delays?: readonly StoredDelay[];
  readonly topics?: readonly string[];
  /** Addresses. */
  readonly watching?: readonly string[];
  readonly stash?: readonly StoredMessage[];
  /** What it has sent itself and not handled yet: timers that were due, promises that had settled. */
  readonly own?: readonly EventObject[];
  /** Tasks it has delegated and has no outcome of. */
  readonly delegations?: readonly string[];
  /** Tasks it has been given and has not answered. */
  readonly inHand?: readonly StoredTask[];
  /** The first messages it has not read, so that a rollback brings them back; recovery reads `mail/` records instead. */
  readonly mail?: readonly StoredMessage[];
  /** When it was written; left out where nothing is due. */
  readonly written?: StoredMoment;
}

type Parts = { -readonly [Part in keyof ActorRecord]: ActorRecord[Part] };

/**
 * The record of a durable actor, at the end of a turn. Cheap when there is nothing but a state. What it returns
 * still belongs to the actor: it is to be packed at once.
 *
 * @throws UNSERIALIZABLE when the actor has a child that could not be brought back.
 */
export function recordOf(cell: Cell, snapshot: Snapshot<unknown>): ActorRecord {
  const { keeping } = cell.host;
  const record: Parts = { format: 1, snapshot: persisted(cell, snapshot) };
  if (keeping === undefined) return record;
  keeping.touched(cell);
  const { extras, mail } = cell;
  if (extras !== undefined) addExtras(record, cell, keeping);
  if (cell.shard?.delays !== undefined) addDelays(record, cell, keeping);
  const issued = keeping.issuedBy(cell);
  const wanted = extras?.delegating;
  if (issued.length > 0) record.delegations = issued;
  if (wanted !== undefined && wanted.size > 0) {
    record.delegations = [...issued, ...Array.from(wanted, ({ task }) => task.id ?? task.type)];
  }
  const inHand = keeping.inHand(cell);
  if (inHand.length > 0) record.inHand = inHand.map((delegation) => storedTask(delegation, keeping));
  if (mail !== undefined && !mail.isEmpty) addMail(record, cell);
  return record;
}

/** @throws UNSERIALIZABLE naming the child that can't be kept, and what to do. */
function persisted(cell: Cell, snapshot: Snapshot<unknown>): unknown {
  const inline = inlineChild(snapshot, 0);
  if (inline !== undefined) {
    throw new UnserializableError(
      `actor/${cell.address}.children.${inline}`,
      `machine '${machineIdOf(snapshot)}' has spawned it from a logic without a name, and such a child can't be brought back; name the logic in setup({ actors }) and spawn it by that name, or make '${cell.address}' not durable`,
    );
  }
  return persistedMachine(cell.logic, snapshot) ?? cell.logic.getPersistedSnapshot(snapshot);
}

interface Parent {
  readonly status?: string;
  readonly children?: Readonly<Record<string, AnyActorRef | undefined>>;
  readonly machine?: { readonly id: string };
}

const deepest = limits.message.depth_levels;

/** The id of a child, or of a child's child, that was spawned from a logic that has no name. */
function inlineChild(snapshot: Parent, level: number): string | undefined {
  const { children } = snapshot;
  if (children === undefined || level > deepest) return undefined;
  for (const id in children) {
    const child = children[id];
    if (child === undefined) continue;
    if (typeof (child as { readonly src?: unknown }).src !== 'string') return id;
    const below = inlineChild(child.getSnapshot() as Parent, level + 1);
    if (below !== undefined) return `${id}.${below}`;
  }
  return undefined;
}

function machineIdOf(snapshot: Parent): string {
  return snapshot.machine?.id ?? 'unknown';
}

function addExtras(record: Parts, cell: Cell, keeping: Keeping): void {
  const { schedules, topics, watching, stash } = cell.extras ?? {};
  if (schedules !== undefined && schedules.size > 0) {
    record.schedules = Array.from(schedules, ([id, { timer, event }]) => ({
      id,
      event,
      due: Math.round(keeping.wallAt(timer.at)),
    }));
  }
  if (topics !== undefined && topics.size > 0) record.topics = [...topics];
  if (watching !== undefined && watching.size > 0) record.watching = [...watching.keys()];
  if (stash !== undefined && stash.length > 0) {
    const kept = stash
      .filter((envelope) => isKept(envelope, cell))
      .map((envelope) => ({ ...storedMessage(envelope), id: envelope.id }));
    if (kept.length > 0) record.stash = kept;
  }
}

function addDelays(record: Parts, cell: Cell, keeping: Keeping): void {
  const { actor, shard } = cell;
  if (actor === undefined || shard?.delays === undefined) return;
  const paths = new Map<AnyActorRef, readonly string[]>();
  const pending: [readonly string[], Delay][] = [];
  for (const [each, path] of actorsOf(actor, [], 0)) {
    paths.set(each, path);
    for (const delay of shard.delays.of(each)) pending.push([path, delay]);
  }
  const kept: StoredDelay[] = [];
  for (const [source, { id, event, target, timer }] of pending) {
    const to = paths.get(target);
    if (to === undefined) continue;
    kept.push({
      id,
      event,
      due: Math.round(keeping.wallAt(timer.at)),
      ...(source.length === 0 ? {} : { source }),
      ...(to.length === 0 ? {} : { target: to }),
    });
  }
  if (kept.length > 0) record.delays = kept;
}

/** An actor and what it has invoked or spawned inside XState, with their paths. */
export function* actorsOf(
  actor: AnyActorRef,
  path: readonly string[],
  level: number,
): Generator<readonly [AnyActorRef, readonly string[]]> {
  yield [actor, path];
  const { children } = actor.getSnapshot() as Parent;
  if (children === undefined || level > deepest) return;
  for (const id in children) {
    const child = children[id];
    if (child !== undefined) yield* actorsOf(child, [...path, id], level + 1);
  }
}

function addMail(record: Parts, cell: Cell): void {
  const own: EventObject[] = [];
  const mail: StoredMessage[] = [];
  for (const envelope of cell.mailbox) {
    if (envelope.priority === ownLane) own.push(envelope.event);
    else if (mail.length >= limits.store.mailInline_count) break;
    else if (isKept(envelope, cell)) mail.push(storedMessage(envelope));
  }
  if (own.length > 0) record.own = own;
  if (mail.length > 0) record.mail = mail;
}

/** Whether a message means anything in another process: not when somebody waited for its answer or outcome in this one. */
function isKept(envelope: Envelope, cell: Cell): boolean {
  return envelope.ask === undefined && !isAssignment(envelope, cell);
}

/**
 * A record without those of its messages that can't be kept: they may wait in a mailbox, and are not part of the
 * history. Rare, so a record is judged only when it has been refused. @returns undefined when there are none.
 */
export function withPlainMail(record: ActorRecord): ActorRecord | undefined {
  const mail = record.mail?.filter(({ event }) => isPlain(event));
  return mail === undefined || mail.length === record.mail?.length ? undefined : { ...record, mail };
}

function isPlain(event: EventObject): boolean {
  try {
    toPlain(event, 'message');
    return true;
  } catch {
    return false;
  }
}

function storedTask(delegation: Delegation, keeping: Keeping): StoredTask {
  const { id, task, chain, deadlineAt, priority, correlation, dormant } = delegation;
  const { from } = dormant ?? delegation;
  return {
    id,
    type: task.type,
    ...(from === undefined ? {} : { from }),
    ...(chain.length === 0 ? {} : { chain }),
    ...(deadlineAt === undefined ? {} : { due: Math.round(keeping.wallAt(deadlineAt)) }),
    ...(priority === Priority.NORMAL ? {} : { priority }),
    ...(correlation === id ? {} : { correlation }),
  };
}

function storedMessage({ event, from, priority }: Envelope): StoredMessage {
  return {
    event,
    ...(from === undefined ? {} : { from }),
    ...(priority === (Priority.NORMAL as number) ? {} : { priority }),
  };
}
