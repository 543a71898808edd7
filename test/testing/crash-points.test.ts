// Where processes are killed: names that can be read back, shares that are fair and spread, and what a killed process
// leaves to be read.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Journal, readJournal } from '../../src/testing/crash/crash-journal.ts';
import {
  type CommitPoint,
  crashSteps,
  type Kill,
  killName,
  killWords,
  parseKill,
  spreadPoints,
  spreadRecoveries,
} from '../../src/testing/crash/crash-points.ts';
import { spreadOf } from '../../src/testing/crash/crash-report.ts';
import { Lanes } from '../../src/testing/crash/lanes.ts';

const point: fc.Arbitrary<CommitPoint> = fc.record({
  step: fc.constantFrom(...crashSteps),
  commit: fc.integer({ min: 1, max: 999_999_999 }),
});
const moment = fc.integer({ min: 0, max: 1_000_000 }).map((tenths) => ({ after_ms: tenths / 10 }));

test('the name of a kill says all of it', () => {
  fc.assert(
    fc.property(fc.oneof(point, moment), fc.option(point, { nil: undefined }), (work, recovery) => {
      const kill: Kill = recovery === undefined ? { work } : { work, recovery };
      expect(parseKill(killName(kill))).toEqual(kill);
    }),
  );
});

test.each(['', 'written', 'written@', 'written@0', 'landed@1', 'written@1+', 'before@1+before@1+before@1', '-3ms'])(
  '%o names no kill',
  (name) => {
    expect(parseKill(name)).toBeUndefined();
  },
);

test('a kill reads as a sentence', () => {
  const kill: Kill = { work: { step: 'written', commit: 7 }, recovery: { step: 'before', commit: 1 } };
  expect(killWords(kill)).toBe(
    'commit 7, written, not yet answered; then while it recovered, commit 1, before the write',
  );
});

test('every step of every commit is killed while there is room for all', () => {
  const points = spreadPoints(5, crashSteps, 20);
  expect(points).toHaveLength(20);
  expect(new Set(points.map((work) => killName({ work }))).size).toBe(20);
});

test('fewer kills than there are steps are different ones, with a fair share for each step, spread evenly', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 0, max: 300 }), (commits, most) => {
      const points = spreadPoints(commits, crashSteps, most);
      expect(new Set(points.map((work) => killName({ work }))).size).toBe(points.length);
      expect(points.every(({ commit }) => commit >= 1 && commit <= commits)).toBe(true);
      for (const [at, step] of crashSteps.entries()) {
        const own = points.filter((each) => each.step === step).map(({ commit }) => commit);
        expect(own).toHaveLength(Math.min(commits, Math.floor((most + 3 - at) / 4)));
        const gaps = own.slice(1).map((commit, index) => commit - (own[index] ?? 0));
        if (gaps.length > 0) expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

test('kills of recoveries are different ones, see every step, and leave out recoveries that write nothing', () => {
  const writes = Array.from({ length: 12 }, (_, index) => ({
    work: { step: 'written' as const, commit: index + 1 },
    commits: index < 4 ? 0 : 1 + (index % 2),
  }));
  const { kills, all } = spreadRecoveries(writes, crashSteps, 8);
  expect(all).toBe(12 * crashSteps.length);
  expect(new Set(kills.map(killName)).size).toBe(8);
  expect(new Set(kills.map(({ recovery }) => recovery?.step))).toEqual(new Set(crashSteps));
  expect(new Set(kills.map(({ work }) => killName({ work }))).size).toBe(8);
  expect(kills.every(({ work }) => 'commit' in work && work.commit > 4)).toBe(true);
  expect(spreadRecoveries(writes, crashSteps, 1_000).kills).toHaveLength(48);
  expect(new Set(spreadRecoveries(writes, crashSteps, 1_000).kills.map(killName)).size).toBe(48);
  expect(spreadRecoveries([], crashSteps, 8)).toEqual({ kills: [], all: 0 });
});

test('times: the middle one, the one that 99 of 100 stay below, the worst', () => {
  expect(spreadOf([])).toBeUndefined();
  expect(spreadOf([7])).toEqual({ median: 7, p99: 7, worst: 7 });
  const times = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(spreadOf(times)).toEqual({ median: 100, p99: 198, worst: 200 });
});

test('what is acknowledged is read back as it was, and refused when it can not be', () => {
  const folder = mkdtempSync(join(tmpdir(), 'troupe-journal-'));
  try {
    const path = join(folder, 'acknowledged.jsonl');
    expect(readJournal(path)).toEqual([]);
    const journal = new Journal(path);
    const notes = [1, 'two\nlines', { three: [null] }, undefined];
    for (const note of notes) journal.acknowledge(note);
    expect(readJournal(path)).toEqual([1, 'two\nlines', { three: [null] }, null]);
    expect(() => {
      journal.acknowledge(() => {});
    }).toThrow('the note of acknowledge() is a function; it takes what JSON can hold.');
    expect(() => {
      journal.acknowledge(1n);
    }).toThrow(/INVALID_OPTION|what JSON can hold/);
    expect(() => {
      journal.acknowledge('x'.repeat(16_777_216));
    }).toThrow('at most 16,777,216 bytes of notes in all');
    expect(readJournal(path)).toHaveLength(4);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no more at a time than there are lanes, in the order of coming, also after a failure', async () => {
  const lanes = new Lanes(2);
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map((number) =>
    lanes.run(async () => {
      begun.push(number);
      await new Promise<void>((resolve) => {
        ends.push(resolve);
      });
      if (number === 0) throw new Error('the first fails');
      return number;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[0]?.();
  await expect(all[0]).rejects.toThrow('the first fails');
  await Promise.resolve();
  expect(begun).toEqual([0, 1, 2]);
  for (const at of [1, 2]) ends[at]?.();
  await all[2];
  await Promise.resolve();
  ends[3]?.();
  expect(await Promise.all(all.slice(1))).toEqual([1, 2, 3]);
});
