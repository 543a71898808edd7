// Whom a start looks at. Spawned actors at rest are found when somebody asks for them, so a start reads no more for many
// of them than for few; whoever has something to go on with has a mark that is never missing, whatever is cut off.

import { describe, expect, test } from 'vitest';
import { GatedStore } from './gated-store.ts';
import { begin, machine } from './restart-kit.ts';
import { booted, contextOf, logics, marks, peopled, top } from './roster-kit.ts';

describe('a start', () => {
  test('reads as much for a thousand actors at rest as for one, knows how many there are, and finds each when asked', async () => {
    const readsFor = async (count: number): Promise<readonly [number, number]> => {
      const gated = new GatedStore();
      const on = await peopled(
        count,
        machine(() => gated),
      );
      let reads = 0;
      const counted = new Proxy(gated, {
        get: (target, name) => {
          const value: unknown = Reflect.get(target, name, target);
          if (typeof value !== 'function') return value;
          return (...given: unknown[]) => {
            if (name !== 'count' && name !== 'version') reads += 1;
            return (value as (...args: unknown[]) => unknown).apply(target, given);
          };
        },
      });
      const process = booted({ ...on, boot: (options) => on.boot({ ...options, store: counted }) });
      await begin(process);
      expect(process.kernel.recover()).toMatchObject({ resumed: count, timers: 0, unregistered: [] });
      expect(process.all('kernel.recovered')).toMatchObject([{ resumed: count }]);
      const atStart = reads;
      expect(process.noted()).toBe(0);
      process.kernel.lookup(`a${count - 1}`)?.tell({ type: 'n' });
      await process.settle();
      expect(contextOf(process.kernel.lookup(`a${count - 1}`)?.snapshot())).toBe(2);
      expect(process.kernel.lookup(`a${count}`)).toBeUndefined();
      return [atStart, reads - atStart];
    };
    expect(await readsFor(1_000)).toEqual(await readsFor(1));
  });

  test('brings back by themselves those who wait for a timer, also one that was set in the last commit', async () => {
    const on = await peopled(5);
    const first = booted(on);
    await begin(first);
    first.kernel.lookup('a3')?.tell({ type: 'set', ms: 5_000 });
    await first.settle();
    expect(marks(on)).toEqual(['a3']);
    const second = booted(on, 1_000);
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 5, timers: 1 });
    expect(second.noted()).toBe(1);
    await second.advance(4_000);
    expect(second.seen('actor.started')).toEqual([]);
    expect(contextOf(second.kernel.lookup('a3')?.snapshot())).toBe(3);
  });

  test('the mark goes with an actor that leaves memory at rest, and with a start that finds nothing to go on with', async () => {
    const on = await peopled(3);
    const first = booted(on);
    await begin(first);
    for (const id of ['a1', 'a2']) first.kernel.lookup(id)?.tell({ type: 'set', ms: 60_000 });
    await first.settle();
    for (const id of ['a1', 'a2']) first.kernel.lookup(id)?.tell({ type: 'clear' });
    await first.settle();
    expect(marks(on)).toEqual(['a1', 'a2']);
    first.kernel.lookup('a0')?.tell({ type: 'set', ms: 60_000 });
    await first.advance(1_000);
    expect([first.kernel.size, marks(on)]).toEqual([0, ['a0']]);
    const second = booted(on);
    await begin(second);
    second.kernel.lookup('a1')?.tell({ type: 'set', ms: 60_000 });
    await second.settle();
    second.kernel.lookup('a1')?.tell({ type: 'clear' });
    await second.settle();
    expect(marks(on)).toEqual(['a0', 'a1']);
    const third = booted(on);
    await begin(third);
    await third.settle();
    expect(marks(on)).toEqual(['a0']);
  });

  test('an actor that has left and is told to set a timer in the same turn keeps its mark', async () => {
    const gated = new GatedStore();
    const on = machine(() => gated);
    const first = on.boot({ logics });
    const ref = first.kernel.spawn('ticking', { ...top, id: 'a' });
    const other = first.kernel.spawn('ticking', { ...top, id: 'other', passivateAfter: '1h' });
    ref.tell({ type: 'set', ms: 60_000 });
    await first.settle();
    ref.tell({ type: 'clear' });
    await first.settle();
    // A commit is on its way, so that the turn with which the mark goes is open when the actor comes back.
    gated.isOpen = false;
    other.tell({ type: 'n' });
    await first.advance(1_000);
    expect([[...first.kernel.actors()].map(({ address }) => address), gated.waiting]).toEqual([['other'], 1]);
    ref.tell({ type: 'set', ms: 70_000 });
    await first.settle();
    gated.open();
    await first.settle();
    expect(marks(on)).toEqual(['a']);
    const second = booted(on);
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 2, timers: 1 });
  });

  test('children and those that never leave memory have one as long as they are there', async () => {
    const on = machine();
    const first = on.boot({ logics });
    const parent = first.kernel.spawn('ticking', { ...top, id: 'parent' });
    first.kernel.spawn('ticking', { ...top, id: 'staying', passivateAfter: false });
    parent.tell({ type: 'bear' });
    await first.settle();
    expect(marks(on)).toEqual(['parent/child', 'staying']);
    const second = booted(on);
    await begin(second);
    expect([...second.kernel.actors()].map(({ address }) => address)).toEqual(['staying']);
    await Promise.all([second.kernel.lookup('parent')?.stop(), second.settle()]);
    expect(marks(on)).toEqual(['staying']);
    expect([...on.store.keys('spawn/')]).toEqual(['spawn/staying']);
  });

  test('with logic that is not registered everybody is looked at, and that is all it takes when it is again', async () => {
    const on = await peopled(3);
    const first = booted(on);
    await begin(first);
    first.kernel.spawn('counter', { ...top, id: 'b' });
    first.kernel.lookup('a1')?.tell({ type: 'set', ms: 1_000 });
    await first.settle();
    const second = booted(on, 0, { counter: logics.counter });
    await begin(second);
    expect(second.kernel.recover()).toMatchObject({ resumed: 1, unregistered: ['a0', 'a1', 'a2'] });
    const third = booted(on, 2_000);
    await begin(third);
    expect(third.kernel.recover()).toMatchObject({ resumed: 4, timers: 1, unregistered: [] });
    await third.advance(1);
    expect(contextOf(third.kernel.lookup('a1')?.snapshot())).toBe(3);
  });

  test('where the names of the logics are lost, everybody is looked at once, and the marks are set again', async () => {
    const on = await peopled(3);
    const first = booted(on);
    await begin(first);
    first.kernel.lookup('a1')?.tell({ type: 'set', ms: 60_000 });
    await first.settle();
    await on.store.commit([{ key: 'logics' }, { key: 'wakeful/a1' }]);
    const second = booted(on);
    await begin(second);
    await second.settle();
    expect(second.kernel.recover()).toMatchObject({ resumed: 3, timers: 1 });
    expect([second.noted(), marks(on), on.store.get('logics')?.value]).toEqual([
      3,
      ['a1'],
      { format: 1, names: ['ticking'] },
    ]);
    const third = booted(on);
    await begin(third);
    expect([third.kernel.recover()?.resumed, third.noted()]).toEqual([3, 1]);
  });
});
