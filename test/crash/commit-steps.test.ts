// Kills a process at every named step of every commit of twelve operations.

import { afterEach, describe, expect, test } from 'vitest';
import { startProgram, temporaryFolder } from './kill-kit.ts';
import { steps } from './programs/world.js';
import { expectTwelve } from './twelve.ts';

const folders: { readonly remove: () => void }[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

describe.each(steps)('P02 killed at the step `%s` of a commit', (step) => {
  test('the acknowledged state is there, or one operation more', { timeout: 120_000 }, async () => {
    let killed = 0;
    for (let occurrence = 1; occurrence < 100; occurrence += 1) {
      const folder = temporaryFolder();
      folders.push(folder);
      // oxlint-disable-next-line no-await-in-loop
      const ended = await startProgram('twelve', [folder.path, step, String(occurrence)]).ended;
      const acknowledged = ended.lines.filter((line) => /^\d+$/.test(line)).length;
      // oxlint-disable-next-line no-await-in-loop
      await expectTwelve(folder.path, acknowledged, `killed at ${step} ${occurrence}: ${ended.errors}`);
      if (ended.lines.includes('end')) break;
      expect(ended.signal).toBe('SIGKILL');
      killed += 1;
    }
    expect(killed).toBeGreaterThanOrEqual(12);
  });
});
