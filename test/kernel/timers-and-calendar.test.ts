// Timers of durable actors and a calendar that is set. While a process lives the calendar plays no part, whatever becomes
// of the actor meanwhile: it crashes, a commit of it fails, it leaves memory. What counts after the process is how far
// the calendar had come when the timer was kept, and when the next process began.

import { fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { effect } from '../../src/kernel/effects.ts';
import type { ActorRecord } from '../../src/kernel/recovery/durable-record.ts';
import { GatedStore } from './gated-store.ts';
import { listener, type Message } from './players.ts';
import { begin, machine, type Process } from './restart-kit.ts';

const second = 1_000;
const hour = 3_600_000;
const shifts = [-15 * hour, 15 * hour];

/** Sets itself a timer, crashes, or tells the ear what came. */
const clock = fromTransition((count: number, message: Message, { emit }) => {
  if (message.type === 'set') emit(effect.schedule('s', { type: 'rang' }, message.ms as number));
  if (message.type === 'crash') throw new Error('boom');
  if (message.type === 'rang') emit(effect.tell('ear', message));
  return count + 1;
}, 0);

function ear({ kernel }: Process): { readonly types: () => readonly string[] } {
  const { logic, types } = listener();
  kernel.spawn(logic, { id: 'ear' });
  return { types };
}

const living = ({ kernel }: Process): readonly string[] => [...kernel.actors()].map(({ address }) => address);

/** It rings when so much more time has passed, and not a moment sooner. */
async function ringsAfter(process: Process, ms: number, { types }: ReturnType<typeof ear>): Promise<void> {
  await process.advance(ms - 1);
  expect(types()).toEqual([]);
  await process.advance(1);
  expect(types()).toEqual(['rang']);
  await process.advance(48 * hour);
  expect(types()).toEqual(['rang']);
}

const options = { id: 'a', durable: true, passivateAfter: '2s' } as const;

describe.each(shifts)('while a process lives, its calendar set by %i ms', (shift) => {
  test('an actor that crashes has its timer as it was', async () => {
    const { boot, shiftWall } = machine();
    const process = boot();
    const heard = ear(process);
    const ref = process.kernel.spawn(clock, { ...options, passivateAfter: false });
    ref.tell({ type: 'set', ms: 10 * second });
    await process.advance(4 * second);
    shiftWall(shift);
    void ref.ask({ type: 'crash' }).catch(() => {});
    await ringsAfter(process, 6 * second, heard);
    expect(process.seen('actor.started')).toEqual(['ear', 'a', 'a']);
  });

  test('an actor whose commit failed has its timer as it was', async () => {
    const store = new GatedStore();
    const { boot, shiftWall } = machine(() => store);
    const process = boot();
    const heard = ear(process);
    const ref = process.kernel.spawn(clock, { ...options, passivateAfter: false });
    ref.tell({ type: 'set', ms: 10 * second });
    await process.advance(4 * second);
    shiftWall(shift);
    store.isOpen = false;
    ref.tell({ type: 'look' });
    await process.settle();
    store.isOpen = true;
    store.let(new Error('broken'));
    await ringsAfter(process, 6 * second, heard);
    expect(process.seen('store.recovered')).toHaveLength(1);
  });

  test('an actor that has left memory is woken for its timer, and has it as it was', async () => {
    const { boot, shiftWall } = machine();
    const process = boot();
    const heard = ear(process);
    const ref = process.kernel.spawn(clock, options);
    ref.tell({ type: 'set', ms: 10 * second });
    await process.advance(3 * second);
    expect(living(process)).toEqual(['ear']);
    shiftWall(shift);
    ref.tell({ type: 'look' });
    await process.settle();
    expect(living(process)).toEqual(['ear', 'a']);
    await ringsAfter(process, 7 * second, heard);
  });

  test('what an earlier process kept is due when it was as this one began, however late it is read', async () => {
    const { boot, shiftWall } = machine();
    const first = boot();
    first.kernel.spawn(clock, options).tell({ type: 'set', ms: 10 * second });
    await first.advance(4 * second);
    const process = boot({}, 1 * second);
    const heard = ear(process);
    await process.advance(2 * second);
    shiftWall(shift);
    process.kernel.spawn(clock, options);
    await process.settle();
    await ringsAfter(process, 3 * second, heard);
  });

  test('a second crash, in the next process, still has the timer as it was', async () => {
    const { boot, shiftWall } = machine();
    const first = boot();
    first.kernel.spawn(clock, options).tell({ type: 'set', ms: 10 * second });
    await first.advance(4 * second);
    const process = boot({ logics: { clock } });
    const heard = ear(process);
    const ref = process.kernel.spawn(clock, { ...options, passivateAfter: false });
    await process.advance(2 * second);
    shiftWall(shift);
    void ref.ask({ type: 'crash' }).catch(() => {});
    await ringsAfter(process, 4 * second, heard);
  });
});

describe('over the end of a process', () => {
  test('a calendar that is set back between a turn and its commit makes nothing wait longer', async () => {
    const { boot, shiftWall, store } = machine();
    const first = boot();
    await begin(first);
    const pack = store.pack.bind(store);
    let isShifted = false;
    // The record is packed at the end of the turn; only then is the calendar set, and then it is written.
    store.pack = (value, subject) => {
      const packed = pack(value, subject);
      if ((value as ActorRecord).schedules !== undefined && !isShifted) {
        isShifted = true;
        shiftWall(-15 * hour);
      }
      return packed;
    };
    first.kernel.spawn(clock, options).tell({ type: 'set', ms: 10 * second });
    await first.settle();
    expect(isShifted).toBe(true);
    const process = boot();
    const heard = ear(process);
    process.kernel.spawn(clock, options);
    await process.settle();
    await ringsAfter(process, 10 * second, heard);
  });

  test('a record that does not say when it was written goes by the time of its commit', async () => {
    const { boot, shiftWall, store } = machine();
    const first = boot();
    first.kernel.spawn(clock, options).tell({ type: 'set', ms: 10 * second });
    await first.advance(1);
    const { written, ...older } = (store.get('actor/a') as { readonly value: ActorRecord }).value;
    expect(written).toBeDefined();
    await store.commit([{ key: 'actor/a', packed: store.pack(older, 'actor/a'), keep: 10 }]);
    shiftWall(-15 * hour);
    const process = boot();
    const heard = ear(process);
    process.kernel.spawn(clock, options);
    await process.settle();
    await ringsAfter(process, 9_999, heard);
  });
});
