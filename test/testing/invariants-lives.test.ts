// The invariants of lives find bugs that are planted in a runtime which has none, and say who, what and how much.
// Each test plants one, below or above the witness.

import { describe, expect, test } from 'vitest';
import type { Watcher } from '../../src/kernel/extras.ts';
import { stopOrder } from '../../src/testing/simulation/invariants/endings.ts';
import {
  childImpliesParent,
  noReentry,
  nothingAfterStop,
  oneIncarnation,
} from '../../src/testing/simulation/invariants/lives.ts';
import { oneNotice } from '../../src/testing/simulation/invariants/notices.ts';
import { restartLimits } from '../../src/testing/simulation/invariants/restarts.ts';
import { around } from '../../src/testing/simulation/witness-events.ts';
import { hand } from './invariants-actors.ts';
import { type SmallWorld, found, order, planted } from './invariants-kit.ts';

describe('lives', () => {
  test('two incarnations at one address', async () => {
    const world = await planted(oneIncarnation, ({ registry }) => {
      around(registry, 'add', (add) => (cell) => {
        const there = registry.living(cell.address);
        if (there !== undefined) registry.remove(there);
        add(cell);
      });
    });
    const { runtime } = world.present;
    runtime.spawn(hand, { id: 'a' });
    runtime.spawn(hand, { id: 'a' });
    expect(found(world)).toBe("'a' gets a second cell while its first is running");
  });

  test('a child whose parent is gone', async () => {
    const world = await planted(childImpliesParent);
    const { runtime, kernel } = world.present;
    runtime.spawn(hand, { id: 'a' });
    runtime.spawn(hand, { id: 'b', parent: 'a' });
    await world.settle();
    expect(world.problems).toEqual([]);
    const parent = kernel.registry.living('a');
    if (parent !== undefined) kernel.registry.remove(parent);
    runtime.publish('news', order());
    await world.pass();
    expect(found(world)).toBe("'a/b' is running, but its parent 'a' is not registered");
  });

  test('a message that is handled after the end', async () => {
    const world = await planted(nothingAfterStop);
    const { runtime, kernel } = world.present;
    const ref = runtime.spawn(hand, { id: 'a' });
    const cell = kernel.registry.living('a');
    ref.tell(order());
    const envelope = cell?.mail?.take();
    void ref.stop();
    await world.settle();
    if (cell !== undefined && envelope !== undefined) cell.handle(envelope);
    expect(found(world)).toBe("'a' handles message #1 (do) after its end");
  });

  test('an effect that was wanted after the end', async () => {
    const world = await planted(nothingAfterStop);
    const { runtime, kernel } = world.present;
    const ref = runtime.spawn(hand, { id: 'a' });
    const cell = kernel.registry.living('a');
    void ref.stop();
    await world.settle();
    if (cell !== undefined)
      kernel.carrier.carryOut(cell, { type: 'troupe.publish', topic: 'x', event: order() } as never, undefined);
    expect(found(world)).toBe("'troupe.publish' of 'a' is carried out, which it did not want before its end");
  });

  test('a message that is handled within another', async () => {
    const world = await planted(noReentry, ({ post }) => {
      around(post, 'send', (send) => (to, ...rest) => {
        const isAccepted = send(to, ...rest);
        const envelope = to.address === 'b' ? to.mail?.take() : undefined;
        if (envelope !== undefined) to.handle(envelope);
        return isAccepted;
      });
    });
    const { runtime } = world.present;
    runtime.spawn(hand, { id: 'b' });
    runtime.spawn(hand, { id: 'a' }).tell(order({ act: 'tell', to: 'b', priority: 5, acts: [] }));
    await world.settle();
    expect(found(world)).toMatch(/^'b' handles message #\d+ \(do\) from 'a' while 'a' handles message #\d+ \(do\)$/);
  });
});

describe('restarts', () => {
  /** Crashes until it is given up, with a supervisor that counts a window of this much of the true one. */
  async function crashing(within_ratio: number): Promise<SmallWorld> {
    const world = await planted(restartLimits, ({ life }) => {
      around(life, 'now', (now) => () => now() / within_ratio);
    });
    const ref = world.present.runtime.spawn(hand, {
      id: 'a',
      restart: { maxRestarts: 2, within: '5s', backoff: { initial: '1s', factor: 1, jitter: 0 } },
    });
    for (let crash = 0; crash < 12; crash++) {
      ref.tell(order({ act: 'crash' }));
      await world.settle(1_200);
    }
    return world;
  }

  test('a supervisor that counts well is left alone', async () => {
    const world = await crashing(1);
    expect(world.problems).toEqual([]);
    expect(world.trace.some((line) => line.includes('supervisor.gaveUp'))).toBe(true);
  });

  test('one restart too many', async () => {
    expect(found(await crashing(0.01))).toMatch(
      /^'a' is brought back: 3 restarts within 5000 ms \([\d., ]+\), where 2 are allowed$/,
    );
  });

  test('giving up too early', async () => {
    const world = await planted(restartLimits, ({ life }) => {
      life.now = () => 0; // the window never ends
    });
    const ref = world.present.runtime.spawn(hand, {
      id: 'a',
      restart: { maxRestarts: 2, within: '5s', backoff: { initial: '10s', max: '10s', jitter: 0 } },
    });
    for (let crash = 0; crash < 9; crash++) {
      ref.tell(order({ act: 'crash' }));
      await world.settle(11_000);
    }
    expect(found(world)).toMatch(
      /^the supervisor of 'a' gives up after [01] restarts within 5000 ms \([\d., ]*\), where 2 are allowed$/,
    );
  });
});

describe('ends', () => {
  test('siblings that end in the order of their start', async () => {
    const world = await planted(stopOrder, ({ life }) => {
      const turned = new Set<object>();
      around(life, 'supervisionOf', (supervisionOf) => (parent) => {
        const supervision = supervisionOf(parent);
        if (turned.has(supervision)) return supervision;
        turned.add(supervision);
        const { cells } = supervision;
        around(supervision, 'reset', (reset) => () => {
          reset();
          const others = [...cells].toReversed();
          cells.clear();
          for (const [id, cell] of others) cells.set(id, cell);
        });
        return supervision;
      });
    });
    const { runtime } = world.present;
    const ref = runtime.spawn(hand, { id: 'a' });
    for (const id of ['b', 'c']) runtime.spawn(hand, { id, parent: 'a' });
    void ref.stop();
    await world.settle();
    expect(found(world)).toBe("'a/b' has ended before 'a/c' (running), which was started after it");
  });

  test('a parent that ends before its child', async () => {
    const world = await planted(stopOrder);
    const { runtime, kernel } = world.present;
    runtime.spawn(hand, { id: 'a' });
    runtime.spawn(hand, { id: 'b', parent: 'a' });
    const cell = kernel.registry.living('a');
    if (cell !== undefined) kernel.watching.tell(cell, 'killed');
    expect(found(world)).toBe("'a' has ended before its child 'a/b', which is running");
  });

  test.each([
    ['twice', "'w' is told of the end of 'a' 2 times"],
    ['never', "'w' is not told of the end of 'a'"],
    ['after it was taken back', "'w' is told of the end of 'a', which it does not watch any more"],
  ])('a watcher that is told %s', async (how, problem) => {
    const world = await planted(oneNotice, ({ watching }) => {
      const watchers = new Set<Watcher>();
      around(watching, 'watch', (watch) => (cell, watcher) => {
        watchers.add(watcher);
        const unwatch = watch(cell, watcher);
        return how === 'after it was taken back' ? () => {} : unwatch;
      });
      around(watching, 'tell', (tell) => (cell, reason) => {
        if (how === 'never') return;
        tell(cell, reason);
        if (how === 'twice') for (const watcher of watchers) watcher({ address: cell.address, reason: 'normal' });
      });
    });
    const { runtime } = world.present;
    const ref = runtime.spawn(hand, { id: 'a' });
    const watcher = runtime.spawn(hand, { id: 'w' });
    watcher.tell(order({ act: 'watch', to: 'a' }));
    if (how === 'after it was taken back') watcher.tell(order({ act: 'unwatch', to: 'a' }));
    await world.settle();
    void ref.stop();
    await world.settle();
    expect(found(world)).toBe(problem);
  });

  test('a notice that comes twice', async () => {
    const world = await planted(oneNotice, ({ post }) => {
      around(post, 'notify', (notify) => (...told) => {
        notify(...told);
        notify(...told);
      });
    });
    const { runtime } = world.present;
    const ref = runtime.spawn(hand, { id: 'a' });
    runtime.spawn(hand, { id: 'w' }).tell(order({ act: 'watch', to: 'a' }));
    await world.settle();
    void ref.stop();
    await world.settle();
    expect(found(world)).toMatch(/^'w' gets one more notice of the end of 'a': message #\d+ \(actor\.terminated\)$/);
  });
});
