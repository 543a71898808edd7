// What is known of the records of a run's tasks: all of them or nothing, so that none is left behind.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { TaskKeys } from '../../src/work/task-keys.ts';

describe('of a run that begins', () => {
  test('every record is known from the first on, each once, until it is taken', () => {
    const keys = new TaskKeys(true);
    expect(keys.mayHave('r.a')).toBe(false);
    keys.add('r.a', 'task/r.a');
    keys.add('r.a', 'task/r.a');
    keys.addStep('r.a', 'step/r.a/one');
    keys.add('r.a', 'task/r.a');
    keys.add('r.b', 'task/r.b');
    expect(keys.mayHave('r.a')).toBe(true);
    expect(keys.all()).toEqual(['task/r.a', 'step/r.a/one', 'task/r.b']);
    expect(keys.take('r.a')).toEqual(['task/r.a', 'step/r.a/one']);
    expect(keys.take('r.a')).toEqual([]);
    expect(keys.mayHave('r.a')).toBe(false);
    expect(keys.all()).toEqual(['task/r.b']);
  });

  test('more records than one commit removes are no longer known, those that were taken do not count', () => {
    const keys = new TaskKeys(true);
    const most = limits.run.removedPerCommit_count;
    for (let index = 0; index < most * 2; index++) {
      keys.add(`r.${index}`, `task/r.${index}`);
      keys.take(`r.${index}`);
    }
    for (let index = 0; index < most; index++) keys.addStep('r', `step/r/${index}`);
    expect(keys.all()).toHaveLength(most);
    keys.addStep('r', 'step/r/more');
    expect(keys.all()).toBeUndefined();
    expect(keys.mayHave('r.none')).toBe(true);
    expect(keys.mayHaveSteps('r')).toBe(true);
    expect(keys.take('r')).toBeUndefined();
    expect(keys.mayHaveSteps('r')).toBe(false);
  });
});

test('of a run that another process began nothing is known', () => {
  const keys = new TaskKeys(false);
  keys.add('r', 'task/r');
  expect(keys.mayHave('r.a')).toBe(true);
  expect(keys.mayHaveSteps('r.a')).toBe(false);
  keys.found('r.a');
  expect(keys.mayHaveSteps('r.a')).toBe(true);
  expect(keys.all()).toBeUndefined();
});
