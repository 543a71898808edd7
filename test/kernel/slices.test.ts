// When the event loop gets its turn: after so many messages, or after so much time, whichever comes first. What was quick
// until now says nothing of the next message, so the time is looked at as often whatever came before.

import { expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { effect } from '../../src/kernel/effects.ts';
import { kernelKit } from './kernel-kit.ts';
import { player } from './players.ts';

const { clockCheck_messages: checkEvery, slice_messages: slice, slice_ms } = limits.dispatcher;

/** An actor that never stops telling itself to go on; each message takes as long as `costOf` says. */
function endless(costOf_ms: (nth: number) => number) {
  const { kernel, clock, settle } = kernelKit();
  let handled = 0;
  const rounds: number[] = [];
  kernel.spawn(
    player((_message, emit) => {
      clock.jump(costOf_ms(handled));
      handled += 1;
      emit(effect.tell('self', { type: 'go' }));
      if (handled > 5_000) throw new Error('enough');
    }),
    { id: 'self', restart: { maxRestarts: 0 } },
  );
  const next = (): void => {
    rounds.push(handled);
    if (rounds.length < 40) clock.yieldThen(next);
  };
  kernel.lookup('self')?.tell({ type: 'go' });
  clock.yieldThen(next);
  return {
    settle,
    sizes: () => rounds.map((count, place) => count - (rounds[place - 1] ?? 0)).filter((size) => size > 0),
  };
}

test('messages that take no time have a slice of so many', async () => {
  const { settle, sizes } = endless(() => 0);
  await settle();
  expect(new Set(sizes().slice(0, -1))).toEqual(new Set([slice]));
});

test('messages that take long have a slice of so much time, and what is between two looks at the clock', async () => {
  const { settle, sizes } = endless(() => 1);
  await settle();
  for (const size of sizes()) expect(size).toBeLessThanOrEqual(Math.max(slice_ms, checkEvery));
});

test('those that are slow after quick ones are seen as soon', async () => {
  const quick = slice + 100;
  const { settle, sizes } = endless((nth) => (nth >= quick ? 1 : 0));
  await settle();
  const [first, second = 0, ...others] = sizes();
  expect(first).toBe(slice);
  expect(second).toBeLessThanOrEqual(quick - slice + checkEvery);
  expect(others.length).toBeGreaterThan(3);
  expect(Math.max(...others)).toBeLessThanOrEqual(Math.max(slice_ms, checkEvery));
});
