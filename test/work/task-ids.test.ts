// Ids of delegated tasks and keys of records, for whatever somebody calls a key.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { childId, idempotencyRecord, runOf, stepKey, subjectOf, taskKey } from '../../src/work/task-ids.ts';

const run = 'run-01k3v9x2m-00001-7fq2';
const text = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }));
const keys = fc.uniqueArray(text, { minLength: 2, maxLength: 20 });

describe('ids', () => {
  test('D13 siblings and generations have ids of their own, bounded, and always the same', () => {
    fc.assert(
      fc.property(keys, fc.array(text, { maxLength: 6 }), (siblings, path) => {
        const parent = path.reduce((above, key) => childId(run, above, key), run);
        const ids = siblings.map((key) => childId(run, parent, key));
        const below = ids.flatMap((id) => siblings.map((key) => childId(run, id, key)));
        const all = [parent, ...ids, ...below];
        expect(new Set(all).size).toBe(all.length);
        expect(ids).toEqual(siblings.map((key) => childId(run, parent, key)));
        for (const id of all) {
          expect(id.length).toBeLessThanOrEqual(limits.task.idLength_chars);
          expect(runOf(subjectOf(run, id))).toBe(run);
          expect(subjectOf(run, id)).toBe(id);
        }
      }),
    );
  });

  test('a key that could be taken for two is not', () => {
    expect(childId(run, run, 'a.b')).not.toBe(childId(run, childId(run, run, 'a'), 'b'));
    expect(childId(run, run, 'measure#0')).toBe(`${run}.measure#0`);
  });

  test('whatever id somebody chose, its records are those of its run', () => {
    fc.assert(
      fc.property(keys, (chosen) => {
        const subjects = chosen.map((id) => subjectOf(run, id));
        expect(new Set(subjects).size).toBe(subjects.length);
        for (const subject of subjects) {
          expect(runOf(subject)).toBe(run);
          expect(taskKey(subject).startsWith(`task/${run}`)).toBe(true);
        }
        expect(subjectOf('run-other', chosen[0] ?? '')).not.toBe(subjects[0]);
      }),
    );
  });
});

describe('keys of records', () => {
  test('are one for each key, of printable characters, and short', () => {
    fc.assert(
      fc.property(keys, (names) => {
        const all = names.flatMap((name) => [stepKey(run, `step/${name}`), stepKey(run, `delegate/${name}`)]);
        const kept = [...all, ...names.map(idempotencyRecord)];
        expect(new Set(kept).size).toBe(kept.length);
        for (const key of kept) expect(key).toMatch(/^[\x21-\x7e]{1,400}$/);
      }),
    );
  });
});
