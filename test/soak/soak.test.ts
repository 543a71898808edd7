// The parts of the soak, made small: that they run, and that they can fail. The figures are the soak's own business.

import { expect, test } from 'vitest';
import { churn } from './churn.ts';
import { overwrite } from './overwrite.ts';
import { storms } from './storms.ts';

test('X02 what has been spawned and stopped leaves nothing behind', { timeout: 60_000 }, async () => {
  expect(await churn(2_000)).toMatchObject({ passed: true, id: 'X02' });
});

test('X07 a store that is overwritten does not grow', { timeout: 60_000 }, async () => {
  const part = await overwrite(20_000);
  expect(part.found).toMatch(/^20000 overwrites of 100 keys: 1000 versions/);
  expect(part).toMatchObject({ passed: true });
});

test('storms end when they are told to, and say what there was', { timeout: 60_000 }, async () => {
  const night = await storms(1, (seeds) => seeds < 2);
  expect(night).toMatchObject({ passed: true, seeds: 2, regression: undefined });
  expect(night.invariants.length).toBeGreaterThan(15);
  expect(Object.values(night.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThan(10);
});
