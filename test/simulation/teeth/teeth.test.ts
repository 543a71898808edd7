// The teeth of the simulation: bugs are planted one at a time, each in a process of its own, and each has to be found within
// 1,000 seeds by what is there to find it. On a quiet machine a tooth takes two seconds, most of them to load; all
// together they take a minute.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readRegression, replay } from 'troupe/testing';
import { bite, cleanUp, dist, type SeedRun } from './bites.ts';
import lostMessage, { office } from './lost-message.ts';
import { durableTeeth } from './durable-teeth.ts';
import { kernelTeeth } from './kernel-teeth.ts';
import type { Tooth } from './tooth.ts';

const teeth = [...kernelTeeth, ...durableTeeth];
const seedsMost = 1_000;
const steps = 500;
const decisionsMost = 20;
const timeout = 600_000; // a safety net, for a machine that is busy with other tests

const house = { topology: ['../house.ts', 'house'], simulation: '../house-simulation.ts' } as const;
const found = new Map<Tooth, SeedRun & { readonly line: string }>();

afterAll(() => {
  cleanUp();
  console.log([...found.values()].map(({ line }) => line).join('\n'));
});

test('there are enough of them, in several rooms, and each has its place in what is built', () => {
  expect(teeth.length).toBeGreaterThanOrEqual(15);
  expect(new Set(teeth.map(({ name }) => name)).size).toBe(teeth.length);
  expect(new Set(teeth.map(({ file }) => file.split('/').slice(0, -1).join('/'))).size).toBeGreaterThan(4);
  const times = teeth.map(({ name, file, find }) => `${name}: ${textOf(file).split(find).length - 1}`);
  expect(times).toEqual(teeth.map(({ name }) => `${name}: 1`));
});

describe('a planted bug is found', () => {
  test.concurrent.each(teeth)('$name', { timeout }, async (tooth) => {
    const { faults = 'none', only, foundBy, name } = tooth;
    const settings = { steps, faults, shrink: false };
    const bitten = await bite({ ...house, tooth, runs: [{ seeds: seedsMost, only, settings }] });
    const { seed, invariant, problem, step, hashes } = required(bitten.found, `no seed of ${bitten.seeds} found it`);
    expect(`${invariant}: ${problem}`).toMatch(foundBy);
    expect(hashes[1], 'the same seed is the same run').toBe(hashes[0]);
    const [told = ''] = problem.split('\n', 1);
    const line = `${name}: seed ${seed}, step ${step}: "${invariant}" (${told}); ${bitten.cpu_s.toFixed(1)} s`;
    found.set(tooth, { seeds: [seed], only, settings, line });
  });
});

test('without the bugs nothing is found in the same runs', { timeout }, async () => {
  const runs = [...found.values()].map(({ seeds, only, settings }) => ({ seeds, only, settings }));
  const { seeds, found: wrong } = await bite({ ...house, runs });
  expect(wrong).toBeUndefined();
  expect(seeds).toBe(found.size);
});

test('a text that is replaced by itself is no bug', { timeout }, async () => {
  const { file, find } = required(teeth[0], 'a tooth');
  const runs = [{ seeds: 3, settings: { steps } }];
  const { seeds, found: wrong } = await bite({ ...house, tooth: { file, find, replace: find }, runs });
  expect(wrong).toBeUndefined();
  expect(seeds).toBe(3);
});

test('a lost message is found, and made small enough to be read', { timeout }, async () => {
  const tooth = required(
    teeth.find(({ find }) => find === 'letters: letters.map(keptLetter)'),
    'the tooth',
  );
  const lost = { topology: ['lost-message.ts', 'office'], simulation: 'lost-message.ts', tooth } as const;
  const settings = { steps: 300, faults: { crash: 40, delayed: 2 } };
  const { found: failure } = await bite({ ...lost, runs: [{ seeds: seedsMost, settings }] });
  expect(failure?.invariant).toBe('every letter arrives once');
  const text = required(failure?.regression, 'a smaller run');
  const regression = readRegression(text);
  expect(regression.decisions.length).toBeLessThanOrEqual(decisionsMost);
  // It fails again where the bug is, and passes where it is not.
  const again = await bite({ ...lost, regression: text });
  expect(again.replayed).toEqual({ invariant: 'every letter arrives once', unasked: 0 });
  const healthy = await replay(office, lostMessage, regression);
  expect(healthy.failure).toBeUndefined();
  expect(healthy.unasked).toEqual([]);
});

function required<Value>(value: Value | undefined, what: string): Value {
  if (value === undefined) throw new Error(`missing: ${what}`);
  return value;
}

/** What is built of a file. */
function textOf(file: string): string {
  return readFileSync(join(dist, file.replace(/\.ts$/, '.js')), 'utf8');
}
