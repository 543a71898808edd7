// What a task has done for good is not done again: its attempts count upwards over all lives, and what it has finished
// is kept once.

import { unpackValue } from '../../../store/codec/codec.ts';
import { asTaskRecord } from '../../../work/records.ts';
import type { Invariant } from '../invariant.ts';
import type { WatchedWrite } from '../witness.ts';

interface Progress {
  readonly attempt: number;
  readonly checkpoints: number;
}

/** Attempts and checkpoints of a task only grow, and a step that is finished stays finished. */
export const workOnce: Invariant = {
  name: 'an attempt begins once, and a step is finished once',
  watch: (run, fail) => {
    const tasks = new Map<string, Progress>();
    const steps = new Set<string>();
    let started = new Map<string, number>();
    const seeTask = ({ key, bytes, before: version }: WatchedWrite): void => {
      const record = bytes === undefined ? undefined : asTaskRecord(unpackValue(bytes));
      const before = tasks.get(key);
      if (record === undefined) tasks.delete(key);
      else tasks.set(key, record);
      if (record === undefined || before === undefined || version === 0) return;
      if (record.attempt < before.attempt)
        fail(`'${key}' goes back from attempt ${before.attempt} to ${record.attempt}`);
      if (record.checkpoints < before.checkpoints)
        fail(`'${key}' goes back from ${before.checkpoints} checkpoints to ${record.checkpoints}`);
    };
    const seeStep = ({ key, isDeletion, before }: WatchedWrite): void => {
      if (isDeletion) steps.delete(key);
      else if (before > 0 && steps.has(key)) fail(`'${key}' is finished once more`);
      else steps.add(key);
    };
    return {
      born: ({ witness }) => {
        started = new Map();
        if (run.rots) return; // what can't be read any more is done again
        witness.on('committed', ({ writes }) => {
          for (const write of writes) {
            if (write.key.startsWith('task/')) seeTask(write);
            else if (write.key.startsWith('step/')) seeStep(write);
          }
        });
      },
      event: (event) => {
        if (event.type === 'store.damaged') {
          tasks.delete(event.key);
          steps.delete(event.key);
        }
        if (event.type !== 'run.event' || event.event.type !== 'started') return;
        const { run: of, task, attempt } = event.event;
        const subject = `${of} ${task}`;
        const before = started.get(subject) ?? 0;
        if (attempt <= before) fail(`task '${task}' of run '${of}' begins attempt ${attempt} after attempt ${before}`);
        started.set(subject, attempt);
      },
    };
  },
};
