// Ends and failures of spawned actors, as the roster has them: who has ended is gone for good, also while that is written
// or has to be written again; and who comes after it has nothing of it.

import { describe, expect, test } from 'vitest';
import { GatedStore, summing } from './gated-store.ts';
import { begin, type Machine, machine, type Process } from './restart-kit.ts';
import { booted, contextOf, logics, marks, peopled, top } from './roster-kit.ts';

describe('an end', () => {
  test('in the turn that spawned it leaves nothing behind', async () => {
    const on = machine();
    const first = on.boot({ logics });
    first.kernel.spawn('ticking', { ...top, id: 'a' }).tell({ type: 'end' });
    first.kernel.spawn('ticking', { ...top, id: 'b', passivateAfter: false }).tell({ type: 'end' });
    void first.kernel.spawn('ticking', { ...top, id: 'c', passivateAfter: false }).stop();
    await first.settle();
    expect(first.seen('actor.stopped').toSorted()).toEqual(['a', 'b', 'c']);
    expect([...on.store.keys('')]).toEqual(['logics']);
  });

  test('is final, also while it is written and while others have not been asked for', async () => {
    const gated = new GatedStore();
    const on = await peopled(
      3,
      machine(() => gated),
    );
    const second = booted(on);
    await begin(second);
    const ref = second.kernel.lookup('a1');
    await second.settle();
    gated.isOpen = false;
    ref?.tell({ type: 'end' });
    await second.settle();
    gated.let();
    await second.settle();
    expect(second.seen('actor.stopped')).toEqual(['a1']);
    expect(second.kernel.lookup('a1')).toBeUndefined();
    gated.open();
    await second.settle();
    expect(second.kernel.lookup('a1')).toBeUndefined();
    expect([...on.store.keys('spawn/')]).toEqual(['spawn/a0', 'spawn/a2']);
  });

  test('a name that is taken in the store alone is taken, and free again after the end', async () => {
    const on = await peopled(2);
    const second = booted(on);
    await begin(second);
    expect(() => second.kernel.spawn('counter', { ...top, id: 'a1' })).toThrow(
      expect.objectContaining({ code: 'ACTOR_EXISTS' }),
    );
    expect(() => second.kernel.spawn(summing(), { id: 'a1' })).toThrow(
      expect.objectContaining({ code: 'ACTOR_EXISTS' }),
    );
    await Promise.all([second.kernel.lookup('a1')?.stop(), second.settle()]);
    second.kernel.spawn('counter', { ...top, id: 'a1' }).tell({ type: 'add', n: 5 });
    await second.settle();
    expect(contextOf(second.kernel.lookup('a1')?.snapshot())).toBe(5);
  });
});

describe('an actor that has come back', () => {
  test('is one actor, however often it is spawned again while others have not been asked for', async () => {
    const on = await peopled(3);
    const second = booted(on);
    await begin(second);
    const ref = second.kernel.spawn('ticking', { ...top, id: 'a1' });
    await second.settle();
    expect(() => second.kernel.spawn('ticking', { ...top, id: 'a1' })).toThrow(
      expect.objectContaining({ code: 'ACTOR_EXISTS' }),
    );
    expect([second.kernel.size, second.noted()]).toEqual([1, 0]);
    ref.tell({ type: 'n' });
    await second.settle();
    expect(contextOf(second.kernel.lookup('a1')?.snapshot())).toBe(2);
  });
});

/** An actor that has left memory at rest, and its version that waited for a timer. */
async function cleared(): Promise<{ readonly on: Machine; readonly process: Process; readonly version: number }> {
  const on = await peopled(1);
  const process = booted(on);
  await begin(process);
  process.kernel.lookup('a0')?.tell({ type: 'set', ms: 60_000 });
  await process.settle();
  const version = on.store.version('actor/a0');
  process.kernel.lookup('a0')?.tell({ type: 'clear' });
  await process.advance(1_000);
  return { on, process, version };
}

describe('a commit that fails', () => {
  test('takes the mark with it, which comes again with what is done again', async () => {
    const gated = new GatedStore();
    const on = await peopled(
      2,
      machine(() => gated),
    );
    const second = booted(on);
    await begin(second);
    const ref = second.kernel.lookup('a0');
    await second.settle();
    gated.isOpen = false;
    ref?.tell({ type: 'set', ms: 60_000 });
    await second.settle();
    expect(gated.waiting).toBe(1);
    gated.let(new Error('the disk is gone'));
    await second.settle();
    expect(marks(on)).toEqual([]);
    gated.open();
    await second.advance(60_000);
    expect(marks(on)).toEqual(['a0']);
  });

  test('an old version that waits for a timer has its mark when it is put back', async () => {
    const { on, process: second, version } = await cleared();
    expect([second.kernel.size, marks(on)]).toEqual([0, []]);
    await Promise.all([second.kernel.rollbackActor('a0', version), second.settle()]);
    expect(marks(on)).toEqual(['a0']);
  });

  test('so it has when the program that puts it back does not know its logic', async () => {
    const { on, version } = await cleared();
    const third = booted(on, 0, {});
    await begin(third);
    await Promise.all([third.kernel.rollbackActor('a0', version), third.settle()]);
    expect(marks(on)).toEqual(['a0']);
  });
});

/** A process in which an actor has ended, and that has not been written. */
interface Ended extends Process {
  readonly on: Machine;
  readonly fails: () => Promise<void>;
  readonly heals: () => Promise<void>;
}

describe('who comes after one that has ended', () => {
  /** An actor whose state is 5, and which is stopped while nothing is let through to the store. */
  async function ended(): Promise<Ended> {
    const gated = new GatedStore();
    const on = machine(() => gated);
    const process = on.boot({ logics });
    const ref = process.kernel.spawn('counter', { ...top, id: 'a' });
    ref.tell({ type: 'add', n: 5 });
    await process.settle();
    gated.isOpen = false;
    await Promise.all([ref.stop(), process.settle()]);
    expect(gated.waiting).toBe(1);
    return {
      ...process,
      on,
      fails: async () => {
        gated.ailment = new Error('the disk is gone');
        gated.let(gated.ailment);
        await process.settle();
      },
      heals: async () => {
        gated.ailment = undefined;
        gated.open();
        await process.advance(60_000);
      },
    };
  }

  test('begins afresh, also when the commit of that end has failed and is still to come', async () => {
    const { kernel, on, settle, fails, heals } = await ended();
    await fails();
    const next = kernel.spawn('counter', { ...top, id: 'a' });
    await settle();
    expect(contextOf(next.snapshot())).toBe(0);
    await heals();
    expect(contextOf(kernel.lookup('a')?.snapshot())).toBe(0);
    const second = booted(on);
    await begin(second);
    expect(contextOf(second.kernel.lookup('a')?.snapshot())).toBe(0);
  });

  test('goes back to its own beginning when its first turn fails with that end', async () => {
    const { kernel, on, settle, fails, heals } = await ended();
    const next = kernel.spawn('counter', { ...top, id: 'a' });
    next.tell({ type: 'add', n: 1 });
    await settle();
    await fails();
    expect(contextOf(next.snapshot())).toBe(0);
    await heals();
    expect(contextOf(kernel.lookup('a')?.snapshot())).toBe(1);
    const second = booted(on);
    await begin(second);
    expect(contextOf(second.kernel.lookup('a')?.snapshot())).toBe(1);
  });

  test('and is begun by the next start when the process ends before anything of it has landed', async () => {
    const { kernel, on, settle, fails, heals } = await ended();
    kernel.spawn('counter', { ...top, id: 'a' });
    await settle();
    await fails();
    await heals();
    expect([...on.store.keys('')]).toEqual(['logics', 'spawn/a', 'wakeful/a']);
    const second = booted(on);
    await begin(second);
    expect([...second.kernel.actors()].map(({ address }) => address)).toEqual(['a']);
  });
});
