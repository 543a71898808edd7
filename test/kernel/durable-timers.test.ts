// Timers of durable actors over the end of a process: `after`, delayed raise and sendTo, scheduled events. Each fires
// once, when it was to be, or at once when that is past; the calendar may be set meanwhile.

import { type AnyActorLogic, fromTransition, raise, sendTo, setup } from 'xstate';
import { describe, expect, test } from 'vitest';
import { breakerMachine, type BreakerInput } from '../../machines/breaker.ts';
import { effect } from '../../src/kernel/effects.ts';
import { tell } from '../../src/kernel/actions.ts';
import { type Message, listener } from './players.ts';
import { machine, type Process } from './restart-kit.ts';

const hour = 3_600_000;
const day = 24 * hour;

/** Waits 500 ms, then tells the ear. */
const waiting = setup({}).createMachine({
  initial: 'waiting',
  states: { waiting: { after: { 500: 'over' } }, over: { entry: tell('ear', { type: 'rang' }) } },
});

/** Schedules as it is told; tells the ear what came. */
const scheduling = fromTransition((count: number, message: Message, { emit }) => {
  if (message.type === 'set')
    emit(effect.schedule(message.id as string, { type: message.id as string }, message.ms as number));
  else if (message.type === 'cancel') emit(effect.cancelSchedule(message.id as string));
  else emit(effect.tell('ear', message));
  return count + 1;
}, 0);

function ear({ kernel }: Process): readonly string[] {
  const { logic, heard } = listener();
  kernel.spawn(logic, { id: 'ear' });
  return heard as unknown as readonly string[];
}

const types = (heard: readonly unknown[]): readonly string[] => heard.map((each) => (each as Message).type);

/** One process that spawns an actor and is killed at some time, and what the next one hears of it. */
async function restarted(
  logic: AnyActorLogic,
  messages: readonly Message[],
  { killedAt, down, shift = 0 }: { readonly killedAt: number; readonly down: number; readonly shift?: number },
): Promise<Process & { readonly heard: readonly unknown[] }> {
  const { boot, shiftWall } = machine();
  const first = boot();
  ear(first);
  const ref = first.kernel.spawn(logic, { id: 'a', durable: true });
  for (const message of messages) ref.tell(message);
  await first.advance(killedAt);
  shiftWall(shift);
  const second = boot({}, down);
  const heard = ear(second);
  second.kernel.spawn(logic, { id: 'a', durable: true });
  await second.settle();
  return { ...second, heard };
}

describe('after', () => {
  test('P22 an after of 500 ms, killed at 200, down 1 s: fires once at restart', async () => {
    const { heard, advance } = await restarted(waiting, [], { killedAt: 200, down: 1_000 });
    await advance(0);
    expect(types(heard)).toEqual(['rang']);
    await advance(10_000);
    expect(types(heard)).toEqual(['rang']);
  });

  test('P22 down 100 ms: fires after the 200 ms that are left, not sooner', async () => {
    const { heard, advance } = await restarted(waiting, [], { killedAt: 200, down: 100 });
    await advance(199);
    expect(heard).toEqual([]);
    await advance(1);
    expect(types(heard)).toEqual(['rang']);
  });

  test('P22 it was over before the kill: it does not fire again', async () => {
    const { heard, advance } = await restarted(waiting, [], { killedAt: 600, down: 100 });
    await advance(10_000);
    expect(heard).toEqual([]);
  });

  test('P30 a calendar set back an hour makes nobody wait longer than it had left; set forward a day, what is due fires', async () => {
    const back = await restarted(waiting, [], { killedAt: 200, down: 0, shift: -hour });
    await back.advance(499);
    expect(back.heard).toEqual([]);
    await back.advance(1);
    expect(types(back.heard)).toEqual(['rang']);
    const messages = [
      { type: 'set', id: 'today', ms: hour },
      { type: 'set', id: 'next week', ms: 7 * day },
    ];
    const forward = await restarted(scheduling, messages, { killedAt: 1, down: 0, shift: day });
    await forward.advance(1);
    expect(types(forward.heard)).toEqual(['today']);
    await forward.advance(6 * day);
    expect(types(forward.heard)).toEqual(['today', 'next week']);
  });

  test('P30 while the process lives, the calendar plays no part', async () => {
    const { boot, shiftWall } = machine();
    const process = boot();
    const heard = ear(process);
    process.kernel.spawn(waiting, { id: 'a', durable: true });
    await process.advance(200);
    shiftWall(day);
    await process.advance(299);
    expect(heard).toEqual([]);
    await process.advance(1);
    expect(types(heard)).toEqual(['rang']);
  });

  test('delayed raise and sendTo of a machine, and the after of a machine that it has invoked, survive', async () => {
    const child = setup({}).createMachine({
      initial: 'a',
      states: { a: { after: { 300: 'b' } }, b: { entry: tell('ear', { type: 'child' }) } },
    });
    const parent = setup({ actors: { child } }).createMachine({
      invoke: { src: 'child', id: 'kid' },
      entry: [
        raise({ type: 'raised' }, { delay: 400, id: 'r' }),
        sendTo(({ self }) => self, { type: 'sent' }, { delay: 500, id: 's' }),
      ],
      on: { raised: { actions: tell('ear', { type: 'raised' }) }, sent: { actions: tell('ear', { type: 'sent' }) } },
    });
    const { heard, advance } = await restarted(parent, [], { killedAt: 200, down: 50 });
    await advance(49);
    expect(heard).toEqual([]);
    await advance(1);
    expect(types(heard)).toEqual(['child']);
    await advance(10_000);
    expect(types(heard)).toEqual(['child', 'raised', 'sent']);
  });

  test('a crash restarts the machine with its delay, which was set in the very turn of the crash', async () => {
    const process = machine().boot();
    const heard = ear(process);
    const logic = setup({}).createMachine({
      initial: 'idle',
      states: {
        idle: { on: { go: 'waiting' } },
        waiting: {
          on: {
            crash: {
              actions: () => {
                throw new Error('boom');
              },
            },
          },
          after: { 5_000: { target: 'idle', actions: tell('ear', { type: 'rang' }) } },
        },
      },
    });
    const ref = process.kernel.spawn(logic, { id: 'a', durable: true });
    ref.tell({ type: 'go' });
    void ref.ask({ type: 'crash' }).catch(() => {});
    await process.advance(4_990);
    expect(process.seen('actor.started')).toEqual(['ear', 'a', 'a']);
    expect(heard).toEqual([]);
    await process.advance(20);
    expect(types(heard)).toEqual(['rang']);
  });
});

describe('scheduled events', () => {
  test('P22 those that wait are set again for the same time, those that were cancelled are not, each fires once', async () => {
    const messages = [
      { type: 'set', id: 'late', ms: 2_000 },
      { type: 'set', id: 'soon', ms: 500 },
      { type: 'set', id: 'never', ms: 500 },
      { type: 'cancel', id: 'never' },
    ];
    const { heard, advance } = await restarted(scheduling, messages, { killedAt: 100, down: 1_000 });
    await advance(0);
    expect(types(heard)).toEqual(['soon']);
    await advance(899);
    expect(types(heard)).toEqual(['soon']);
    await advance(1);
    expect(types(heard)).toEqual(['soon', 'late']);
  });

  test('S45 a restart after a crash keeps what the state of the last commit had scheduled, and no more', async () => {
    const process = machine().boot();
    const heard = ear(process);
    const logic = fromTransition((count: number, message: Message, { emit }) => {
      if (message.type === 'set') emit(effect.schedule('s', { type: 'rang' }, 1_000));
      else if (message.type === 'crash') throw new Error('boom');
      else emit(effect.tell('ear', message));
      return count + 1;
    }, 0);
    const ref = process.kernel.spawn(logic, { id: 'a', durable: true });
    ref.tell({ type: 'set' });
    await process.settle();
    void ref.ask({ type: 'crash' }).catch(() => {});
    await process.advance(999);
    expect(heard).toEqual([]);
    await process.advance(10_000);
    expect(types(heard)).toEqual(['rang']);
    expect(process.kernel.timers.pending).toBe(1); // that of idle actors
  });
});

describe('deadlines in the context', () => {
  test('C16 an open breaker with 20 s left is still open after a restart, and half-open when they are over', async () => {
    const input: BreakerInput = {
      windowMs: 10_000,
      buckets: 10,
      volume: 1,
      failureCount: 1,
      resetMs: 30_000,
      reopenFactor: 2,
      reopenMaxMs: 60_000,
      probeMs: 1_000,
    };
    const spawn = ({ kernel }: Process) => kernel.spawn(breakerMachine, { id: 'b', durable: true, input });
    const { boot } = machine();
    const first = boot();
    const breaker = spawn(first);
    breaker.tell({ type: 'call.requested', id: '1', now: 0 });
    breaker.tell({ type: 'call.failed', id: '1', generation: 0, now: 0 });
    await first.advance(10_000);
    const second = boot();
    const again = spawn(second);
    await second.settle();
    const state = (): unknown => (again.snapshot() as { readonly value?: unknown } | undefined)?.value;
    expect(state()).toBe('open');
    again.tell({ type: 'time.passed', now: 29_999 });
    await second.settle();
    expect(state()).toBe('open');
    again.tell({ type: 'time.passed', now: 30_000 });
    await second.settle();
    expect(state()).toBe('halfOpen');
  });
});
