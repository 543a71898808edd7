// The invariants of messages and effects find bugs that are planted in a runtime which has none, and say who, what and
// how much.

import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../src/kernel/envelope.ts';
import { Mailbox } from '../../src/kernel/mailbox.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { everyMessageAccounted } from '../../src/testing/simulation/invariants/accounting.ts';
import { effectsOnce } from '../../src/testing/simulation/invariants/effects.ts';
import { capacityAndReserve, orderPerPair, urgentStays } from '../../src/testing/simulation/invariants/mailboxes.ts';
import { quarantinedIsIdle } from '../../src/testing/simulation/invariants/quarantine.ts';
import { around } from '../../src/testing/simulation/witness-events.ts';
import { hand } from './invariants-actors.ts';
import { found, order, planted, type SmallWorld, withMethod } from './invariants-kit.ts';

describe('mailboxes', () => {
  function mailboxOf(world: SmallWorld): Mailbox {
    return world.present.kernel.registry.living('a')?.mailbox as Mailbox;
  }

  test('a message that vanishes', async () => {
    const world = await planted(everyMessageAccounted);
    const ref = world.present.runtime.spawn(hand, { id: 'a' });
    for (let nth = 0; nth < 3; nth++) ref.tell(order());
    mailboxOf(world).take();
    await world.pass();
    expect(found(world)).toBe("message #1 (do) to 'a' has vanished: it was taken, and that is all");
  });

  test('a message that is not there though it was taken in', async () => {
    const bug = (put: Mailbox['put']): Mailbox['put'] =>
      function putNothing(this: Mailbox, envelope, ...how) {
        return envelope.event.type === 'lost' ? undefined : put.call(this, envelope, ...how);
      };
    await withMethod(Mailbox.prototype, 'put', bug, async () => {
      const world = await planted(everyMessageAccounted);
      world.present.runtime.spawn(hand, { id: 'a' }).tell({ type: 'lost' });
      await world.pass();
      expect(found(world)).toBe("'a' (running) holds 0 messages, and should hold 1");
    });
  });

  test('a message that is handled twice', async () => {
    const world = await planted(everyMessageAccounted, ({ turns, registry }) => {
      let isDone = false;
      around(turns, 'release', (release) => (cell, envelope) => {
        release(cell, envelope);
        if (cell.address !== 'a' || isDone) return;
        isDone = true;
        registry.living('a')?.mailbox.putBack(envelope);
      });
    });
    world.present.runtime.spawn(hand, { id: 'a' }).tell(order());
    await world.settle();
    expect(found(world)).toBe("message #1 (do) is brought back to 'a', which has handled it");
  });

  test('a message that is turned away without a word', async () => {
    const world = await planted(everyMessageAccounted, ({ post }) => {
      post.deadLetter = () => {};
    });
    const ref = world.present.runtime.spawn(hand, { id: 'a', mailbox: { capacity: 1 } });
    for (let nth = 0; nth < 2; nth++) ref.tell(order());
    expect(found(world)).toBe("a message (do) that 'a' did not take is no dead letter");
  });

  test('two messages that change places', async () => {
    const world = await planted(orderPerPair);
    const ref = world.present.runtime.spawn(hand, { id: 'a' });
    for (let nth = 0; nth < 2; nth++) ref.tell(order());
    const box = mailboxOf(world);
    const first = box.take();
    if (first !== undefined) box.put(first, 10, 10, 'reject');
    await world.settle();
    expect(found(world)).toBe("'a' handles message #1 (do) at priority 5 after #2, which was sent later");
  });
});

describe('bounds', () => {
  test('a mailbox without a bound', async () => {
    const bug = (put: Mailbox['put']): Mailbox['put'] =>
      function putAny(this: Mailbox, envelope, _capacity, systemCapacity, overflow) {
        return put.call(this, envelope, 1_000, systemCapacity, overflow);
      };
    await withMethod(Mailbox.prototype, 'put', bug, async () => {
      const world = await planted(capacityAndReserve);
      const ref = world.present.runtime.spawn(hand, { id: 'a', mailbox: { capacity: 2 } });
      for (let nth = 0; nth < 3; nth++) ref.tell(order());
      expect(found(world)).toBe("'a' has 3 messages after message #3 (do), where 2 have room");
    });
  });

  test('a CRITICAL message that is turned away for one that is not', async () => {
    const bug = (put: Mailbox['put']): Mailbox['put'] =>
      function putMost(this: Mailbox, envelope, capacity, systemCapacity) {
        return put.call(this, envelope, capacity, systemCapacity, 'reject');
      };
    await withMethod(Mailbox.prototype, 'put', bug, async () => {
      const world = await planted(urgentStays);
      const ref = world.present.runtime.spawn(hand, { id: 'a', mailbox: { capacity: 1, overflow: 'drop-lowest' } });
      ref.tell(order(), { priority: 5 });
      ref.tell(order(), { priority: 0 });
      expect(found(world)).toBe(
        "'a' turns away message #2 (do) of priority 0, and message #1 (do) of priority 5 stays",
      );
    });
  });
});

describe('durable actors', () => {
  test('an effect that does not wait for its commit', async () => {
    const world = await planted(effectsOnce, ({ committer, carrier }) => {
      if (committer === undefined) return;
      around(committer, 'hold', (hold) => (cell, effect, envelope) => {
        hold(cell, effect, envelope);
        carrier.carryOut(cell, effect, envelope);
      });
    });
    const ref = world.present.runtime.spawn(hand, { id: 'a', durable: true });
    ref.ask(order({ act: 'reply' })).catch(() => {});
    await world.settle();
    expect(found(world)).toMatch(
      /^'troupe\.reply' of the durable 'a' is carried out while its commit is not committed, after message #\d+ \(do\)$/,
    );
  });

  test('an effect that is carried out twice', async () => {
    const world = await planted(effectsOnce, undefined, false);
    around(world.present.kernel.carrier, 'carryOut', (carryOut) => (cell, effect, envelope) => {
      carryOut(cell, effect, envelope);
      if (effect.type === 'troupe.publish') carryOut(cell, effect, envelope);
    });
    world.present.runtime.spawn(hand, { id: 'a' }).tell(order({ act: 'publish', topic: 'x' }));
    await world.settle();
    expect(found(world)).toBe("'troupe.publish' of 'a' is carried out once too often, after message #1 (do)");
  });

  test('a message that is handled again though its commit has landed', async () => {
    const world = await planted(everyMessageAccounted);
    const { runtime, kernel } = world.present;
    runtime.spawn(hand, { id: 'a', durable: true }).tell(order());
    let letter: Envelope | undefined;
    world.present.witness.on('handled', (cell, envelope) => {
      if (cell.address === 'a') letter = envelope;
    });
    await world.settle();
    if (letter !== undefined) kernel.registry.living('a')?.mailbox.putBack(letter);
    expect(found(world)).toBe(
      "message #1 (do) is brought back to 'a', though the commit with which 'a' has handled it is landed",
    );
  });

  test('a quarantined actor that is woken', async () => {
    const store = memoryStore();
    await store.commit([{ key: 'actor/a', value: { format: 1, snapshot: {} }, schema: 7 }]);
    const world = await planted(quarantinedIsIdle, () => {}, store);
    const { runtime, kernel } = world.present;
    const ref = runtime.spawn(hand, { id: 'a', durable: true });
    ref.tell(order());
    await world.settle();
    expect(world.problems).toEqual([]);
    const cell = kernel.registry.living('a');
    expect(cell?.state).toBe('quarantined');
    const envelope = cell?.mail?.take();
    if (envelope !== undefined) cell?.handle(envelope);
    expect(found(world)).toMatch(/^'a' is quarantined and handles message #\d+ \(do\)$/);
  });
});
