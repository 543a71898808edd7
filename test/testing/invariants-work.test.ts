// The invariants of work and time find bugs that are planted in a runtime which has none, and say which task, ask or
// timer it is about.

import { EventEmitter } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Ask } from '../../src/kernel/ask.ts';
import { workOnce } from '../../src/testing/simulation/invariants/attempts.ts';
import { noUnhandledRejection } from '../../src/testing/simulation/invariants/rejections.ts';
import { timeGoesOn, timersOfTheLiving } from '../../src/testing/simulation/invariants/time.ts';
import { noWaitCycle } from '../../src/testing/simulation/invariants/waits.ts';
import { asksSettleOnce, chainsHold, delegationsSettleOnce } from '../../src/testing/simulation/invariants/work.ts';
import { around } from '../../src/testing/simulation/witness-events.ts';
import { hand } from './invariants-actors.ts';
import { found, order, planted, withMethod } from './invariants-kit.ts';

describe('work', () => {
  test('an ask that settles twice', async () => {
    const bug = (refuse: Ask['refuse']): Ask['refuse'] =>
      function refuseAny(this: Ask, error) {
        refuse.call(this, error);
        return true;
      };
    await withMethod(Ask.prototype, 'refuse', bug, async () => {
      const world = await planted(asksSettleOnce, undefined, false);
      const asked: Ask[] = [];
      world.present.witness.on('asked', (ask) => asked.push(ask));
      world.present.runtime
        .spawn(hand, { id: 'a' })
        .ask(order({ act: 'reply' }))
        .catch(() => {});
      await world.settle();
      expect(world.problems).toEqual([]);
      asked[0]?.refuse(new Error('late'));
      expect(found(world)).toBe("'do' to 'a' has settled twice");
    });
  });

  test('an ask that never settles', async () => {
    const world = await planted(asksSettleOnce, undefined, false);
    const { runtime, witness, kernel } = world.present;
    witness.on('asked', (ask) => {
      Object.defineProperty(ask, 'refuse', { value: () => true });
    });
    runtime
      .spawn(hand, { id: 'a' })
      .ask(order(), { timeout: '1s' })
      .catch(() => {});
    await world.settle(2_000);
    expect(kernel.asks.pending).toBe(1);
    world.clock.jump(1_000);
    await world.end();
    expect(found(world)).toMatch(/^'do' to 'a' is open, though its time was up at [\d.]+ ms$/);
  });

  test('a delegation that settles twice', async () => {
    const world = await planted(delegationsSettleOnce, undefined, false);
    const { kernel, runtime } = world.present;
    runtime.spawn(hand, { id: 'a' });
    const delegation = kernel.delegations.open({
      from: undefined,
      to: 'a' as never,
      task: { id: 't', type: 'errand' },
      within: undefined,
      onSettled: () => {},
    });
    kernel.delegations.complete('a' as never, 't', 1);
    expect(world.problems).toEqual([]);
    // Its mark is lost, so nothing keeps it from settling once more.
    delegation.settled = false;
    kernel.delegations.cancel(delegation, 'once more');
    expect(found(world)).toBe("task 't' at 'a' has settled twice");
  });

  test('a chain that forgets who delegated, and a deadline that grows', async () => {
    const world = await planted(
      chainsHold,
      ({ delegations }) => {
        around(delegations, 'open', (open) => (request) => {
          const delegation = open(request);
          if (request.task.id === 'u') Object.assign(delegation, { chain: [], deadlineAt: 99_000 });
          return delegation;
        });
      },
      false,
    );
    const { kernel, runtime } = world.present;
    for (const id of ['a', 'b']) runtime.spawn(hand, { id });
    const within = kernel.delegations.open({
      from: undefined,
      to: 'a' as never,
      task: { id: 't', type: 'errand' },
      within: undefined,
      timeoutMs: 500,
    });
    kernel.delegations.open({ from: 'a' as never, to: 'b' as never, task: { id: 'u', type: 'errand' }, within });
    expect(world.problems.map(({ problem }) => problem)).toEqual([
      "the chain of task 'u' (b) should be a > b",
      expect.stringMatching(/^task 'u' has until 99000 ms, longer than 't', of which it is part: [\d.]+ ms$/),
    ]);
  });

  test('agents that wait for each other', async () => {
    const world = await planted(noWaitCycle, undefined, false);
    const { kernel, runtime } = world.present;
    for (const id of ['a', 'b']) runtime.spawn(hand, { id });
    const task = (id: string, to: string, from?: string): void => {
      const within = from === undefined ? undefined : kernel.delegations.assignedTo(from as never, `of ${from}`);
      kernel.delegations.open({ from: from as never, to: to as never, task: { id, type: 'errand' }, within });
      if (from !== undefined)
        world.event({
          type: 'run.event',
          at: 0,
          event: { type: 'queued', at: 0, run: 'r', task: id, taskType: 'errand', address: to },
        });
    };
    task('of a', 'a');
    task('of b', 'b');
    task('for b', 'b', 'a');
    await world.settle();
    expect(world.problems).toEqual([]); // `b` still works
    task('for a', 'a', 'b');
    world.clock.jump(61_000);
    for (let pass = 0; pass < 64; pass++) await world.pass();
    expect(found(world)).toMatch(
      /^4 tasks have been waiting for each other for [\d.]+ ms: 'of a' of 'outside' at 'a', /,
    );
  });

  test('an attempt that begins twice', async () => {
    const world = await planted(workOnce, undefined, false);
    for (const attempt of [1, 2, 2])
      world.event({
        type: 'run.event',
        at: 0,
        event: { type: 'started', attempt, at: 0, run: 'r', task: 't', taskType: 'x', address: 'a' },
      });
    expect(found(world)).toBe("task 't' of run 'r' begins attempt 2 after attempt 2");
  });

  test('a step that is finished twice', async () => {
    const world = await planted(workOnce);
    const { store } = world.present;
    await store?.commit([{ key: 'step/r/found', value: 1 }]);
    await store?.commit([{ key: 'step/r/found', value: 1 }]);
    expect(found(world)).toBe("'step/r/found' is finished once more");
  });
});

describe('time', () => {
  test('a timer of an actor that has ended', async () => {
    const world = await planted(
      timersOfTheLiving,
      ({ timers }) => {
        timers.cancel = () => {};
      },
      false,
    );
    const ref = world.present.runtime.spawn(hand, { id: 'a' });
    ref.tell(order({ act: 'schedule', id: 's', ms: 500, acts: [] }));
    await world.settle();
    void ref.stop();
    await world.settle(1_000);
    expect(found(world)).toMatch(/^a timer of 'a' \(due at [\d.]+ ms\) fires, though that is stopped$/);
  });

  test('a timer that fires before it is due', async () => {
    const world = await planted(timeGoesOn, undefined, false);
    const { timers, clock } = world.present.kernel;
    const due = clock.now() + 500;
    const timer = timers.setAt(due, () => {});
    timer.fire?.();
    expect(found(world)).toBe(`a timer that is due at ${due} ms fires at ${clock.now()} ms`);
  });

  test('time that goes back', async () => {
    const world = await planted(timeGoesOn, undefined, false);
    await world.settle(500);
    world.now = () => -1;
    await world.pass();
    expect(found(world)).toMatch(/^the time is -1 ms after it was [\d.]+ ms$/);
  });
});

describe('promises', () => {
  test('a rejection that nobody hears of', async () => {
    const source = new EventEmitter();
    const world = await planted(noUnhandledRejection(source), undefined, false);
    source.emit('unhandledRejection', new Error('lost'));
    expect(found(world)).toMatch(/^a promise was rejected in life 1, and nobody has heard of it: Error: lost/);
    await world.end();
    expect(source.listenerCount('unhandledRejection')).toBe(0);
  });
});
