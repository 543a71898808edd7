// The invariants of what others wait for find bugs that are planted: outcomes that nobody is told of, timers that are not set
// again, actors that leave memory too early.

import { expect, test } from 'vitest';
import type { KernelParts } from '../../src/kernel/parts.ts';
import { leaversAreKept } from '../../src/testing/simulation/invariants/leaving.ts';
import { outcomesAreTold } from '../../src/testing/simulation/invariants/outcomes.ts';
import { timersGoOn } from '../../src/testing/simulation/invariants/rearmed.ts';
import { around } from '../../src/testing/simulation/witness-events.ts';
import { hand } from './invariants-actors.ts';
import { found, order, planted, SmallWorld } from './invariants-kit.ts';

const isOutcome = ({ type }: { readonly type: string }): boolean => type.startsWith('delegation.');

/** The runtime tells outcomes so many times. */
const telling =
  (times: () => number) =>
  ({ post }: KernelParts): void => {
    around(post, 'notify', (notify) => (to, event, within) => {
      for (let nth = isOutcome(event) ? times() : 1; nth > 0; nth -= 1) notify(to, event, within);
    });
  };

/** `a` delegates to `b`, which does it or does not. */
async function errand(world: SmallWorld, isDone: boolean): Promise<void> {
  const { runtime } = world.present;
  for (const id of ['a', 'b']) runtime.spawn(hand, { id, durable: true });
  runtime.actor('a')?.tell(order({ act: 'delegate', to: 'b', ms: 0 }));
  await world.settle(10);
  if (isDone) runtime.actor('b')?.tell(order({ act: 'complete' }));
  await world.settle(10);
}

/** A life in which `a` has set itself a timer, and one after it, in which it is needed before that is due. */
async function overACrash(world: SmallWorld, downMs = 0, between: () => void = () => {}): Promise<void> {
  world.present.runtime.spawn(hand, { id: 'a', durable: true });
  world.present.runtime.actor('a')?.tell(order({ act: 'schedule', id: 's', ms: 5_000, acts: [] }));
  await world.settle(10);
  world.kill();
  world.clock.jump(downMs);
  between();
  await world.begin();
  world.present.runtime.actor('a')?.tell(order());
  await world.settle(10);
}

/** A world whose store says when it was written to. */
async function timed(plant: (parts: KernelParts) => void = () => {}): Promise<SmallWorld> {
  const world = new SmallWorld({ invariants: [timersGoOn], plant });
  await world.begin();
  return world;
}

test.each([
  [0, /^task 'task-[^']+' at 'b' has ended, and 'a' is not told$/],
  [1, /^nothing$/],
  [2, /^'a' is told of the outcome of task 'task-[^']+' at 'b' once more$/],
])('an outcome that is told %i times', async (times, problem) => {
  const world = await planted(
    outcomesAreTold,
    telling(() => times),
  );
  await errand(world, true);
  expect(found(world)).toMatch(problem);
});

test.each([
  [0, "task 't' at 'a' has ended, and who gave it is not told"],
  [2, "who gave task 't' is told of its outcome 2 times"],
])('an outcome that code is told %i times', async (times, problem) => {
  const world = await planted(outcomesAreTold, undefined, false);
  const { kernel, runtime } = world.present;
  runtime.spawn(hand, { id: 'a' });
  const task = { id: 't', type: 'errand' };
  const delegation = kernel.delegations.open({
    from: undefined,
    to: 'a' as never,
    task,
    within: undefined,
    onSettled: () => {},
  });
  const { onSettled } = delegation;
  const instead: typeof onSettled = (outcome) => {
    for (let nth = 0; nth < times; nth++) onSettled?.(outcome);
  };
  Object.assign(delegation, { onSettled: instead });
  kernel.delegations.complete('a' as never, 't', 1);
  await world.pass();
  expect(found(world)).toBe(problem);
});

test.each([
  [1, 'nothing'],
  // Without an id of its own, a task that waits for the commit is known by its type.
  [0, "'a' had delegated 'errand' when its process ended, and is not told what became of it"],
])('what was delegated before a crash, told of %i times after it', async (after, problem) => {
  let times = 1;
  const world = await planted(
    outcomesAreTold,
    telling(() => times),
  );
  await errand(world, false);
  world.kill();
  times = after;
  await world.begin();
  await world.settle(10);
  expect(found(world)).toBe(problem);
});

test('timers over a crash, as they should be', async () => {
  for (const downMs of [0, 1_000, 60_000]) {
    const world = await timed();
    await overACrash(world, downMs);
    await world.settle(10_000);
    await world.end();
    expect(world.problems).toEqual([]);
  }
});

test('a timer that is not set again', async () => {
  const world = await timed(({ restoring }) => {
    if (restoring === undefined) return;
    around(restoring, 'begin', (begin) => (cell, isFirst) => {
      const begun = begin(cell, isFirst);
      cell.extras?.schedules?.clear();
      return begun;
    });
  });
  await overACrash(world);
  expect(found(world)).toBe("'a' begins with the timers none, and its record has s");
});

test('a timer that waits longer than it had left', async () => {
  let late_ms = 0;
  const world = await timed(({ timers }) => {
    around(timers, 'set', (set) => (delayMs, fire) => set(delayMs + late_ms, fire));
  });
  await overACrash(world, 0, () => {
    late_ms = 700;
  });
  expect(found(world)).toMatch(/^'a' begins with its timer 's' for [\d.]+ ms, which was for [\d.]+ ms$/);
});

test('a timer that is kept for another time than it was set for', async () => {
  const world = await timed(({ turns }) => {
    const { keeping } = turns;
    if (keeping !== undefined) Object.assign(keeping, { wallAt: () => 1e12 + 7_000 });
  });
  await overACrash(world);
  expect(found(world)).toMatch(/^'a' begins with its timer 's' for [\d.]+ ms, and has set it for [\d.]+ ms$/);
});

test.each([
  ['crashes', (world: SmallWorld) => world.present.runtime.actor('a')?.tell(order({ act: 'crash' }))],
  [
    'is put back, its commit having failed',
    (world: SmallWorld) => {
      world.failNext();
      world.present.runtime.actor('a')?.tell(order());
    },
  ],
])('a timer that has moved when its actor %s', async (_how, act) => {
  for (const late_ms of [0, 700]) {
    let isLate = false;
    const world = await timed(({ dueTimes }) => {
      around(dueTimes, 'at', (at) => (due, kept) => at(due, kept) + (isLate ? late_ms : 0));
    });
    world.present.runtime.spawn(hand, { id: 'a', durable: true });
    world.present.runtime.actor('a')?.tell(order({ act: 'schedule', id: 's', ms: 5_000, acts: [] }));
    await world.settle(10);
    isLate = true;
    world.clock.setWall(world.clock.wall() + 3_600_000);
    act(world);
    await world.settle(1_000);
    expect(found(world)).toMatch(
      late_ms === 0 ? /^nothing$/ : /^'a' goes on with its timer 's' for [\d.]+ ms, and has set it for [\d.]+ ms$/,
    );
  }
});

test.each([
  // By how many hours the calendar is set: while the first process lives, while none does, and while the second does.
  [15, -15, 0],
  [-15, 15, 0],
  [-15, 0, 15],
  [15, 0, -15],
])('a calendar that is set by %i, %i and %i hours', async (living, between, then) => {
  const world = await timed();
  const shift = (hours: number): void => {
    world.clock.setWall(world.clock.wall() + hours * 3_600_000);
  };
  const acts = [{ act: 'schedule', id: 's', ms: 5_000, acts: [] } as const];
  world.present.runtime.spawn(hand, { id: 'a', durable: true }).tell(order(...acts));
  await world.settle(10);
  shift(living);
  world.present.runtime.actor('a')?.tell(order());
  await world.settle(10);
  for (let life = 2; life < 4; life++) {
    world.kill();
    world.clock.jump(1_000);
    shift(life === 2 ? between : 0);
    await world.begin();
    shift(life === 2 ? then : 0);
    world.present.runtime.actor('a')?.tell(order());
    await world.settle(10);
  }
  await world.settle(20_000);
  expect(found(world)).toBe('nothing');
  await world.end();
});

test('an actor that nobody wakes for its timer', async () => {
  const world = await timed();
  const { runtime, kernel } = world.present;
  runtime.spawn(hand, { id: 'a', durable: true, passivateAfter: '1s' });
  runtime.actor('a')?.tell(order({ act: 'schedule', id: 's', ms: 5_000, acts: [] }));
  await world.settle(2_000);
  const timer = kernel.registry.passiveAt('a')?.timer;
  if (timer !== undefined) kernel.timers.cancel(timer);
  expect(world.problems).toEqual([]);
  world.clock.jump(10_000);
  for (let pass = 0; pass < 64; pass++) await world.pass();
  expect(found(world)).toMatch(/^the timer 's' of 'a' was due at \d+ ms, and nobody wakes its actor$/);
});

test('but not one whose timer has no turn yet, as long as time stands still', async () => {
  const world = await timed();
  world.present.runtime.spawn(hand, { id: 'a', durable: true, passivateAfter: '1s' });
  world.present.runtime.actor('a')?.tell(order({ act: 'schedule', id: 's', ms: 5_000, acts: [] }));
  await world.settle(2_000);
  world.kill();
  world.clock.jump(10_000);
  let turns = 64;
  const busy = (): void => {
    turns -= 1;
    if (turns > 0) world.clock.yieldThen(busy);
  };
  busy();
  await world.begin();
  await world.settle(1_000);
  expect(turns).toBe(0);
  expect(found(world)).toBe('nothing');
});

test.each([
  ['has not been written', 0],
  ['is on its way to the disk', 1],
])('an actor that leaves memory while what it has done %s', async (how, passes) => {
  const world = await planted(leaversAreKept);
  const { runtime, kernel, witness } = world.present;
  runtime.spawn(hand, { id: 'a', durable: true });
  await world.settle(10);
  witness.on(passes === 0 ? 'handled' : 'commit', () => {
    const cell = kernel.registry.living('a');
    if (cell === undefined) return;
    kernel.registry.remove(cell);
    cell.state = 'passive';
  });
  runtime.actor('a')?.tell(order());
  await world.settle(10);
  expect(found(world)).toBe(`'a' has left memory while what it has done ${how}`);
});
