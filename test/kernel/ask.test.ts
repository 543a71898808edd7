// Asking: one answer, in time, or one error that says why not. Nothing stays pending.

import { createMachine, fromTransition } from 'xstate';
import { describe, expect, test } from 'vitest';
import { AskTimeoutError, DeadLetterError, MailboxFullError } from '../../src/base/errors.ts';
import { limits } from '../../src/base/limits.ts';
import { reply } from '../../src/kernel/actions.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { type Message, player, rejection } from './players.ts';

const echo = player((message, emit) => {
  emit(effect.reply({ type: 'echo', n: message.n }));
});
const silent = player();
const thrower = player((message) => {
  if (message.type === 'bad') throw new Error(`no ${String(message.n)}`);
});

test('an ask gets its reply and leaves nothing pending, from a transition and from a machine', async () => {
  const { kernel, settle } = kernelKit();
  const machine = createMachine({
    on: { '*': { actions: reply(({ event }) => ({ type: 'echo', n: (event as Message).n }) as Message) } },
  });
  const asks = [kernel.spawn(echo, { id: 'a' }), kernel.spawn(machine, { id: 'm' })].map((ref, n) =>
    ref.ask({ type: 'hello', n }),
  );
  expect(kernel.pendingAsks).toBe(2);
  await settle();
  expect(await Promise.all(asks)).toEqual([
    { type: 'echo', n: 0 },
    { type: 'echo', n: 1 },
  ]);
  expect(kernel.pendingAsks).toBe(0);
  expect(kernel.timers.pending).toBe(0);
});

describe('time-out', () => {
  test('M06 100 ms: rejects at 100 ms, the late reply is a dead letter, nothing pending', async () => {
    const { kernel, advance, clock } = kernelKit();
    const late = player((message, emit) => {
      if (message.type === 'ask') emit(effect.schedule('later', { type: 'now' }, 500));
      if (message.type === 'again') emit(effect.unstash());
      if (message.type === 'ask') emit(effect.stash());
      if (message.type === 'now') emit(effect.reply({ type: 'too late' }));
    });
    const ref = kernel.spawn(late, { id: 'a' });
    let settledAt: number | undefined;
    const asked = rejection(ref.ask({ type: 'ask' }, { timeout: '100ms' })).finally(() => {
      settledAt = clock.now();
    });
    await advance(99);
    expect(settledAt).toBeUndefined();
    expect(kernel.pendingAsks).toBe(1);
    await advance(1);
    expect(settledAt).toBe(100);
    expect(await asked).toMatchObject({ code: 'ASK_TIMEOUT', details: { address: 'a', type: 'ask', timeoutMs: 100 } });
    expect(await asked).toBeInstanceOf(AskTimeoutError);
    expect(kernel.pendingAsks).toBe(0);
  });

  test('M06 a reply after the time-out is a dead letter', async () => {
    const { kernel, advance } = kernelKit();
    const held: Message[] = [];
    const late = player((message, emit) => {
      if (message.type === 'ask' && held.length === 0) {
        held.push(message);
        emit(effect.stash());
        emit(effect.schedule('answer', { type: 'answer' }, 200));
      } else if (message.type === 'answer') emit(effect.unstash());
      else emit(effect.reply({ type: 'late' }));
    });
    const asked = rejection(kernel.spawn(late, { id: 'a' }).ask({ type: 'ask' }, { timeout: 100 }));
    await advance(150);
    expect(await asked).toMatchObject({ code: 'ASK_TIMEOUT' });
    expect(kernel.deadLetters.count).toBe(0);
    await advance(100);
    expect(kernel.deadLetters.list()).toMatchObject([
      { from: 'a', event: { type: 'late' }, reason: 'reply came too late' },
    ]);
  });

  test('the default is 5 s; a bad one is refused by field', async () => {
    const { kernel, advance } = kernelKit();
    const ref = kernel.spawn(silent, { id: 'a' });
    const asked = rejection(ref.ask({ type: 'ask' }));
    await advance(limits.ask.timeout_ms - 1);
    expect(kernel.pendingAsks).toBe(1);
    await advance(1);
    expect(await asked).toMatchObject({ code: 'ASK_TIMEOUT' });
    for (const timeout of [Number.NaN, -1, '5 minutes']) {
      // oxlint-disable-next-line no-await-in-loop
      expect(await rejection(ref.ask({ type: 'ask' }, { timeout: timeout as number }))).toMatchObject({
        code: 'INVALID_OPTION',
        details: { field: 'timeout' },
      });
    }
    expect(kernel.pendingAsks).toBe(0);
  });
});

describe('an actor that can not answer', () => {
  test('M07 ask to a dead actor fails at once, without time passing', async () => {
    const { kernel, settle, clock } = kernelKit();
    const ref = kernel.spawn(echo, { id: 'a' });
    await ref.stop();
    const asked = rejection(ref.ask({ type: 'hello' }));
    await settle();
    expect(await asked).toBeInstanceOf(DeadLetterError);
    expect(clock.now()).toBe(0);
    expect(kernel.pendingAsks).toBe(0);
    expect(kernel.deadLetters.list()).toMatchObject([{ to: 'a', reason: 'actor stopped' }]);
  });

  test('M07 asks that wait in the mailbox of an actor that is stopped fail at once', async () => {
    const { kernel, settle } = kernelKit();
    const ref = kernel.spawn(echo, { id: 'a' });
    const asked = rejection(ref.ask({ type: 'hello' }));
    void ref.stop();
    await settle();
    expect(await asked).toMatchObject({ code: 'DEAD_LETTER' });
    expect(kernel.pendingAsks).toBe(0);
  });

  test('M07 an ask that was taken and not answered fails when the actor ends', async () => {
    const { kernel, settle } = kernelKit();
    const ref = kernel.spawn(silent, { id: 'a' });
    const asked = rejection(ref.ask({ type: 'hello' }));
    await settle();
    void ref.stop();
    await settle();
    expect(await asked).toMatchObject({ code: 'DEAD_LETTER', message: expect.stringContaining('before it replied') });
  });

  test('M01 an ask to a full mailbox is refused as MAILBOX_FULL', async () => {
    const { kernel, settle } = kernelKit();
    const ref = kernel.spawn(echo, { id: 'a', mailbox: { capacity: 1 } });
    const asks = [ref.ask({ type: 'hello', n: 1 }), ref.ask({ type: 'hello', n: 2 })];
    const settled = Promise.allSettled(asks);
    await settle();
    const [first, second] = await settled;
    expect(first).toMatchObject({ status: 'fulfilled', value: { n: 1 } });
    expect((second as PromiseRejectedResult).reason).toBeInstanceOf(MailboxFullError);
    expect(kernel.pendingAsks).toBe(0);
  });

  test('M08 10,000 asks and the target crashes for good: all settle once', async () => {
    const { kernel, settle, advance } = kernelKit({ development: false });
    const logic = player((message, emit) => {
      if (message.n === 5_000) throw new Error('boom');
      emit(effect.reply({ type: 'echo', n: message.n }));
    });
    const ref = kernel.spawn(logic, { id: 'a', child: 'temporary', mailbox: { capacity: 20_000 } });
    let settlements = 0;
    const asks = Array.from({ length: 10_000 }, (_, n) =>
      ref.ask({ type: 'hello', n }).finally(() => {
        settlements += 1;
      }),
    );
    const outcome = Promise.allSettled(asks);
    await settle();
    await advance(10_000);
    const results = await outcome;
    expect(settlements).toBe(10_000);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5_000);
    expect((results[5_000] as PromiseRejectedResult).reason).toMatchObject({ message: 'boom' });
    expect((results[9_999] as PromiseRejectedResult).reason).toMatchObject({ code: 'DEAD_LETTER' });
    expect(kernel.pendingAsks).toBe(0);
    expect(kernel.timers.pending).toBe(0);
  });

  test('M08 10,000 asks and the target crashes and comes back: all settle once, only one fails', async () => {
    const { kernel, settle, advance } = kernelKit({ development: false });
    const logic = player((message, emit) => {
      if (message.n === 5_000) throw new Error('boom');
      emit(effect.reply({ type: 'echo', n: message.n }));
    });
    const ref = kernel.spawn(logic, { id: 'a', mailbox: { capacity: 20_000 } });
    const outcome = Promise.allSettled(Array.from({ length: 10_000 }, (_, n) => ref.ask({ type: 'hello', n })));
    await settle();
    await advance(1_000);
    const failed = (await outcome).filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(kernel.pendingAsks).toBe(0);
  });
});

describe('exactly one answer', () => {
  test('M09 a second reply is ignored and counted', async () => {
    const { kernel, settle } = kernelKit();
    const twice = player((_message, emit) => {
      emit(effect.reply({ type: 'first' }));
      emit(effect.reply({ type: 'second' }));
    });
    const asked = kernel.spawn(twice, { id: 'a' }).ask({ type: 'hello' });
    await settle();
    expect(await asked).toEqual({ type: 'first' });
    expect(kernel.deadLetters.list()).toMatchObject([{ event: { type: 'second' }, reason: 'reply came too late' }]);
  });

  test('M09 a handler that throws fails the asker with that very error, not a time-out; the next ask works', async () => {
    const { kernel, settle, advance, clock } = kernelKit();
    const ref = kernel.spawn(thrower, { id: 'a' });
    const asked = rejection(ref.ask({ type: 'bad', n: 7 }));
    await settle();
    expect(await asked).toMatchObject({ message: 'no 7' });
    expect(clock.now()).toBe(0);
    await advance(1_000);
    expect(kernel.lookup('a')?.tell({ type: 'good' })).toBe(true);
    await settle();
    expect(kernel.deadLetters.count).toBe(0);
  });

  test('M09 an ask that was put aside survives the crash of another message and is answered', async () => {
    const { kernel, advance } = kernelKit();
    let ready = false;
    const logic = player((message, emit) => {
      if (message.type === 'bad') {
        ready = true;
        throw new Error('boom');
      }
      emit(ready ? effect.reply({ type: 'answer' }) : effect.stash());
    });
    const ref = kernel.spawn(logic, { id: 'a' });
    const asked = ref.ask({ type: 'hello' });
    const bad = rejection(ref.ask({ type: 'bad' }));
    await advance(1_000);
    expect(await asked).toEqual({ type: 'answer' });
    expect(await bad).toMatchObject({ message: 'boom' });
  });

  test('an actor that asks itself what no one sent gets a dead letter, not a throw', async () => {
    const { kernel, settle } = kernelKit();
    kernel
      .spawn(
        fromTransition((state: number, _event, scope) => {
          if (_event.type === 'xstate.stop') return state;
          scope.emit(effect.reply({ type: 'to whom?' }));
          return state + 1;
        }, 0),
        { id: 'a' },
      )
      .tell({ type: 'hello' });
    await settle();
    expect(kernel.deadLetters.list()).toMatchObject([{ reason: 'nobody waits for a reply' }]);
  });
});
