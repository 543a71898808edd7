// What once failed and is kept has teeth, too: with its mend taken away, each run that is kept fails again, and of what
// it was kept for. One that does not shows nothing any more, and needs another run in its place.

import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, expect, test } from 'vitest';
import { readRegression } from 'troupe/testing';
import { bite, cleanUp } from './bites.ts';
import type { Tooth } from './tooth.ts';

/** By file, where the mend is and how it is taken away. */
const mends: Readonly<Record<string, Pick<Tooth, 'file' | 'find' | 'replace'>>> = {
  'at-rest-by-a-record-taken-back.json': {
    file: 'src/kernel/recovery/roster.ts',
    find: 'this.#committer.outage.failure !== undefined || ',
    replace: '',
  },
  'refused-submission-that-landed.json': {
    file: 'src/work/task-log.ts',
    find: 'entries.flatMap(({ revoked }) => revoked)',
    replace: '[]',
  },
  'settled-before-the-store-was-put-right.json': {
    file: 'src/testing/simulation/one-run.ts',
    find: 'clock.now() < rested',
    replace: 'false',
  },
  'timer-moved-by-the-calendar.json': {
    file: 'src/kernel/recovery/due-times.ts',
    find: 'due - written.wall + written.now',
    replace: 'this.#clock.now() + Math.max(0, Math.min(due - this.#clock.wall(), due - written.wall))',
  },
};

const folder = new URL('../regressions/', import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
const house = { topology: ['../house.ts', 'house'], simulation: '../house-simulation.ts' } as const;
const timeout = 600_000; // a safety net, for a machine that is busy with other tests

afterAll(cleanUp);

test('of each run that is kept it is known what mended it', () => {
  expect(Object.keys(mends).toSorted()).toEqual(files.toSorted());
});

test.concurrent.each(files)('%s fails without its mend, and passes with it', { timeout }, async (file) => {
  const regression = readFileSync(new URL(file, folder), 'utf8');
  const tooth = mends[file] ?? { file: '', find: '', replace: '' };
  const { invariant } = readRegression(regression, file);
  const without = await bite({ ...house, tooth, regression });
  expect(without.replayed).toEqual({ invariant, unasked: 0 });
  const mended = await bite({ ...house, tooth: { ...tooth, replace: tooth.find }, regression });
  expect(mended.replayed).toEqual({ unasked: 0 });
});
