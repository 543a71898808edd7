// What a mailbox promises: order between each two actors, a bound, room for the runtime's own messages whatever else
// there is, and that nobody is turned away for somebody less urgent.

import { limits } from '../../../base/limits.ts';
import type { Cell } from '../../../kernel/cell.ts';
import type { Envelope } from '../../../kernel/envelope.ts';
import type { Invariant } from '../invariant.ts';
import type { Room } from '../witness.ts';
import { named, who } from './words.ts';

/** Messages from one sender to one receiver at one priority are handled in the order they were sent. */
export const orderPerPair: Invariant = {
  name: 'messages between two actors keep their order',
  watch: (_run, fail) => ({
    born: ({ witness }) => {
      const last = new Map<Cell, Map<string, number>>();
      // What was put aside and is made anew from a record has a number of its own, later than its place.
      const known = new Set<number>();
      const laneOf = ({ from, priority }: Envelope): string => `${priority} ${from ?? ''}`;
      witness.on('put', (_cell, { id }) => {
        known.add(id);
      });
      witness.on('handling', (cell, envelope) => {
        if (!known.has(envelope.id)) return;
        const lanes = last.get(cell) ?? new Map<string, number>();
        const lane = laneOf(envelope);
        const before = lanes.get(lane) ?? -1;
        if (envelope.id < before)
          fail(
            `${who(cell)} handles ${named(envelope)} at priority ${envelope.priority} after #${before}, which was sent later`,
          );
        last.set(cell, lanes.set(lane, envelope.id));
      });
      // It is handled again: after a crash, a rollback, or when it was put aside.
      witness.on('back', (cell, envelope) => {
        const lanes = last.get(cell);
        const before = lanes?.get(laneOf(envelope));
        if (before !== undefined && before >= envelope.id) lanes?.set(laneOf(envelope), envelope.id - 1);
      });
      witness.on('ended', (_address, cell) => {
        if (cell !== undefined) last.delete(cell);
      });
    },
  }),
};

/** A mailbox takes no more than its capacity; the runtime's own messages have room of their own, and only that. */
export const capacityAndReserve: Invariant = {
  name: 'a mailbox keeps to its capacity and its reserve',
  watch: (_run, fail) => ({
    born: ({ witness, kernel }) => {
      let claiming: Envelope | undefined;
      witness.on('claimed', (letter) => {
        claiming = letter;
      });
      witness.on('put', (cell, envelope, turnedAway, room) => {
        // What is kept already has its place, also beyond the capacity.
        const isKept = envelope === claiming;
        claiming = undefined;
        if (!isKept) {
          const problem = overfull(cell, envelope, turnedAway, room);
          if (problem !== undefined) fail(`${who(cell)} ${problem}`);
        }
      });
      witness.on('over', ({ extras, address }) => {
        const stashed = extras?.stash?.length ?? 0;
        const most =
          limits.stash.capacity_messages + (kernel.committer === undefined ? 0 : limits.stash.capacity_messages);
        if (stashed > most) fail(`'${address}' has put ${stashed} messages aside, where ${most} are allowed`);
      });
    },
    step: ({ kernel: { asks, delegations, timers } }) => {
      if (asks.pending > limits.ask.pending_count) fail(`${asks.pending} asks are open`);
      if (delegations.pending > limits.delegation.pending_count) fail(`${delegations.pending} delegations are open`);
      if (timers.pending > limits.timers.perRuntime_count) fail(`${timers.pending} timers wait`);
    },
  }),
};

function overfull(cell: Cell, envelope: Envelope, turnedAway: Envelope | undefined, room: Room): string | undefined {
  const { size, systemSize } = cell.mailbox;
  const { capacity } = cell.spec;
  if (envelope.priority < 0) {
    const most = limits.mailbox.systemCapacity_messages;
    if (systemSize > Math.max(most, room.systemSize))
      return `has ${systemSize} messages of the runtime's own, where ${most} have room`;
    if (turnedAway !== undefined && room.systemSize < most)
      return `turns away ${named(turnedAway)} of the runtime's own, though only ${room.systemSize} of ${most} wait`;
    return undefined;
  }
  if (size > Math.max(capacity, room.size))
    return `has ${size} messages after ${named(envelope)}, where ${capacity} have room`;
  if (turnedAway !== undefined && room.size < capacity)
    return `turns away ${named(turnedAway)}, though only ${room.size} of ${capacity} messages wait`;
  return undefined;
}

/**
 * Under `drop-lowest` nobody is turned away while somebody less urgent stays: so a CRITICAL message never is, unless
 * all that waits is as urgent. Under `drop-oldest` it is the oldest that goes.
 */
export const urgentStays: Invariant = {
  name: 'nothing urgent is turned away for what is less so',
  watch: (_run, fail) => ({
    born: ({ witness }) => {
      witness.on('put', (cell, envelope, turnedAway, { overflow }) => {
        if (turnedAway === undefined || envelope.priority < 0) return;
        const isLowest = overflow === 'drop-lowest';
        if (overflow === 'reject' && turnedAway !== envelope)
          fail(`${who(cell)} turns away ${named(turnedAway)}, which waited, for ${named(envelope)}`);
        let lane = -1;
        for (const waiting of cell.mailbox) {
          if (waiting.priority < 0) continue;
          const isFirst = waiting.priority !== lane;
          lane = waiting.priority;
          if (isLowest && waiting.priority > turnedAway.priority)
            fail(
              `${who(cell)} turns away ${named(turnedAway)} of priority ${turnedAway.priority}, and ${named(waiting)} of priority ${waiting.priority} stays`,
            );
          // Within a lane what is kept may come later than it was sent; the first of each lane are compared.
          const isOlder = isFirst && lane !== turnedAway.priority && waiting.id < turnedAway.id;
          if (overflow === 'drop-oldest' && turnedAway !== envelope && waiting !== envelope && isOlder)
            fail(`${who(cell)} turns away ${named(turnedAway)}, and ${named(waiting)}, which is older, stays`);
        }
      });
    },
  }),
};
