// The mailbox against a plain model: a list kept sorted by lane and arrival. 10,000 random operations over all lanes
// and the three overflow policies; and nothing that is offered vanishes.

import type { Overflow } from '../../src/base/supervision-options.ts';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Envelope, ownLane, systemLane } from '../../src/kernel/envelope.ts';
import { Mailbox } from '../../src/kernel/mailbox.ts';

const capacity = 5;
const systemCapacity = 4;
const lowestLane = ownLane;

/** The plain model: every envelope that waits, in the order in which it will be taken. */
class Model {
  waiting: Envelope[] = [];

  put(envelope: Envelope, overflow: Overflow): Envelope | undefined {
    const isSystem = envelope.priority < 0;
    const sameKind = this.waiting.filter(({ priority }) => priority < 0 === isSystem);
    let victim: Envelope | undefined;
    if (sameKind.length >= (isSystem ? systemCapacity : capacity)) {
      victim = isSystem || overflow === 'reject' ? envelope : this.#victim(sameKind, envelope, overflow);
      if (victim === envelope) return envelope;
      this.waiting = this.waiting.filter((each) => each !== victim);
    }
    const place = this.waiting.findIndex(({ priority }) => priority > envelope.priority);
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, envelope);
    return victim;
  }

  #victim(normal: readonly Envelope[], newcomer: Envelope, overflow: Overflow): Envelope {
    if (overflow === 'drop-oldest') {
      const heads = normal.filter((each) => normal.find(({ priority }) => priority === each.priority) === each);
      return heads.toSorted((a, b) => a.id - b.id)[0] ?? newcomer;
    }
    const last = normal.at(-1);
    return last !== undefined && last.priority > newcomer.priority ? last : newcomer;
  }

  putBack(envelope: Envelope): void {
    const place = this.waiting.findIndex(({ priority }) => priority >= envelope.priority);
    this.waiting.splice(place < 0 ? this.waiting.length : place, 0, envelope);
  }

  dropOwn(): number {
    const before = this.waiting.length;
    this.waiting = this.waiting.filter(({ priority }) => priority !== ownLane);
    return before - this.waiting.length;
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('put' as const), priority: fc.integer({ min: lowestLane, max: 10 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('putBack' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropOwn' as const) }) },
);
const overflow = fc.constantFrom<Overflow>('reject', 'drop-oldest', 'drop-lowest');

/** A comparison that costs nothing when it holds: there are a hundred thousand of them. */
function same(actual: unknown, expected: unknown): void {
  if (actual !== expected) expect(actual).toBe(expected);
}

/** Runs steps on both and compares after each. @returns how many were offered, handled, turned away, dropped, left. */
function compare(steps: readonly { readonly do: string; readonly priority?: number }[], policy: Overflow): void {
  const mailbox = new Mailbox();
  const model = new Model();
  let offered = 0;
  let turnedAway = 0;
  let dropped = 0;
  let handled = 0;
  let inHand: Envelope | undefined;
  for (const each of steps) {
    if (each.do === 'put') {
      const envelope = new Envelope(offered++, { type: 'note' }, undefined, each.priority ?? 5, undefined, undefined);
      const expected = model.put(envelope, policy);
      const victim = mailbox.put(envelope, capacity, systemCapacity, policy);
      same(victim?.id, expected?.id);
      if (victim !== undefined) turnedAway += 1;
    } else if (each.do === 'take') {
      const taken = mailbox.take();
      same(taken?.id, model.waiting.shift()?.id);
      if (taken !== undefined) handled += 1;
      inHand = taken;
    } else if (each.do === 'putBack' && inHand !== undefined) {
      mailbox.putBack(inHand);
      model.putBack(inHand);
      handled -= 1;
      inHand = undefined;
    } else if (each.do === 'dropOwn') {
      mailbox.dropOwn();
      dropped += model.dropOwn();
    }
    same(mailbox.size, model.waiting.filter(({ priority }) => priority >= 0).length);
    same(mailbox.systemSize, model.waiting.filter(({ priority }) => priority < 0).length);
    same(mailbox.isEmpty, model.waiting.length === 0);
    same(offered, handled + mailbox.size + mailbox.systemSize + turnedAway + dropped);
  }
}

test('M01 Q11 Q08 10,000 random operations equal a sorted list: lanes, capacity, overflow, putBack; offered = handled + queued + turned away', () => {
  for (const policy of ['reject', 'drop-oldest', 'drop-lowest'] as const) {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10_000, maxLength: 10_000, size: 'max' }), (steps) => {
        compare(steps, policy);
      }),
      { numRuns: 1, seed: 11 },
    );
  }
});

test('M01 short random runs equal the model, shrunk when they do not', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), overflow, compare), { numRuns: 1_000 });
});

test('a system message is never turned away for the mail of others', () => {
  const mailbox = new Mailbox();
  for (let n = 0; n < capacity; n++)
    mailbox.put(
      new Envelope(n, { type: 'note' }, undefined, 5, undefined, undefined),
      capacity,
      systemCapacity,
      'reject',
    );
  const system = new Envelope(99, { type: 'note' }, undefined, systemLane, undefined, undefined);
  expect(mailbox.put(system, capacity, systemCapacity, 'reject')).toBeUndefined();
  expect(mailbox.take()).toBe(system);
});
