// The records of a run and its tasks, from its acceptance to its end: what is written when, what is looked for in the
// store, and that nothing stays behind.

import { describe, expect, test } from 'vitest';
import { limits } from '../../src/base/limits.ts';
import { Priority } from '../../src/base/priority.ts';
import { VirtualClock } from '../../src/base/virtual-clock.ts';
import { memoryStore } from '../../src/store/memory.ts';
import { recordFormat, type RunRecord } from '../../src/work/records.ts';
import { RunLog } from '../../src/work/run-log.ts';
import type { TaskMemo } from '../../src/work/task-memo.ts';
import { Between } from '../runtime/durable-kit.ts';
import { failureOf } from '../runtime/runtime-kit.ts';

const record: RunRecord = {
  format: recordFormat,
  type: 'main',
  input: 1,
  to: 'main',
  priority: Priority.NORMAL,
  correlation: 'r',
  acceptedAt: 0,
  deadline: 1_000,
  timeoutMs: 1_000,
};
const done = { state: 'done', endedAt: 1, output: 2 } as const;

/** Counts what is looked for. */
class Looked extends Between {
  looks: string[] = [];

  override get(key: string) {
    this.looks.push(key);
    return super.get(key);
  }

  override keys(prefix: string, after?: string) {
    this.looks.push(`${prefix}*`);
    return super.keys(prefix, after);
  }
}

function logKit() {
  const clock = new VirtualClock();
  const store = new Looked(memoryStore(clock));
  const log = new RunLog(store, clock);
  const landed = async <Value>(promise: Promise<Value>): Promise<Value> => {
    await clock.settle();
    return promise;
  };
  const kept = (): readonly string[] => [...store.inner.keys('')];
  const memoOf = (task: string): TaskMemo => log.memo('r', task) as TaskMemo;
  return { clock, store, log, landed, kept, memoOf };
}

describe('a run that begins in this process', () => {
  test('looks for nothing in the store, and takes the records of its tasks with its end', async () => {
    const { store, log, landed, kept, memoOf } = logKit();
    await landed(log.accept('r', record));
    const own = memoOf('r');
    await landed(own.begin(1));
    const child = memoOf('r.a');
    await landed(child.begin(1));
    await landed(child.finished('step/one', undefined, 1, undefined));
    await landed(own.finished('delegate/a', { to: 'a', input: 1 }, 2, 'r.a'));
    expect(store.commits.at(-1)).toEqual(['step/r/delegate/a', '-task/r.a', '-step/r.a/step/one']);
    const left = memoOf('r.b');
    await landed(left.begin(1));
    await landed(log.end('r', done));
    expect(store.commits.at(-1)).toEqual(['end/r', '-task/r', '-step/r/delegate/a', '-task/r.b']);
    expect(kept()).toEqual(['end/r', 'run/r']);
    expect(store.looks).toEqual([]);
  });

  test('reads what a task has done when it is taken up again', async () => {
    const { log, landed, memoOf } = logKit();
    await landed(log.accept('r', record));
    const first = memoOf('r.a');
    await landed(first.begin(1));
    await landed(first.yielded('half', 1));
    await landed(first.finished('step/one', undefined, 1, undefined));
    const again = memoOf('r.a');
    expect(again).toMatchObject({ attemptsBefore: 1, checkpoint: 'half', checkpoints: 1 });
    expect(again.recall('step/one')).toEqual({ input: undefined, output: 1 });
  });

  test('leaves nothing of a task whose outcome could not be kept', async () => {
    const { log, landed, kept, memoOf } = logKit();
    await landed(log.accept('r', record));
    const own = memoOf('r');
    await landed(own.begin(1));
    const child = memoOf('r.a');
    await landed(child.begin(1));
    const refused = failureOf(own.finished('delegate/a', { to: 'a', input: 1 }, () => {}, 'r.a'));
    expect(await landed(refused)).toMatchObject({ code: 'UNSERIALIZABLE' });
    expect(kept()).toContain('task/r.a');
    await landed(log.end('r', done));
    expect(kept()).toEqual(['end/r', 'run/r']);
  });

  test('with more records than one commit removes leaves none of them, either', async () => {
    const { store, log, landed, kept, memoOf } = logKit();
    await landed(log.accept('r', record));
    const own = memoOf('r');
    await landed(own.begin(1));
    const most = limits.run.removedPerCommit_count;
    const steps = Array.from({ length: most * 2 }, (_, index) =>
      own.finished(`step/${index}`, undefined, index, undefined),
    );
    await landed(Promise.all(steps));
    await landed(log.end('r', done));
    expect(kept()).toEqual(['end/r', 'run/r']);
    const removals = store.commits.filter((keys) => keys.some((key) => key.startsWith('-')));
    expect(Math.max(...removals.map((keys) => keys.length))).toBeLessThanOrEqual(most);
  });

  test('whose end can not be kept is open still, and nothing of it is lost', async () => {
    const { log, landed, kept, memoOf } = logKit();
    await landed(log.accept('r', record));
    await landed(memoOf('r').begin(1));
    const refused = failureOf(log.end('r', { ...done, output: () => {} }));
    expect(await landed(refused)).toMatchObject({ code: 'UNSERIALIZABLE' });
    expect(kept()).toEqual(['run/r', 'task/r']);
    await landed(log.end('r', done));
    expect(kept()).toEqual(['end/r', 'run/r']);
  });
});

test('a run that another process began takes with it what only the store knows of', async () => {
  const { store, log, landed, kept } = logKit();
  await store.commit(
    ['run/r', 'resume/r', 'task/r', 'task/r.a', 'step/r/delegate/b', 'step/r.a/step/one'].map((key) => ({
      key,
      value: 1,
    })),
  );
  log.reopen('r', record);
  await landed(log.end('r', done));
  expect(kept()).toEqual(['end/r', 'run/r']);
});
