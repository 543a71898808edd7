// What goes wrong during a run, as one line each: told at once, in both ways of showing progress. Text from tasks is
// made printable; how many lines there are is bounded by whoever prints them.

import { formatMs } from '../../base/duration.ts';
import { describeError } from '../../base/errors.ts';
import { printable } from '../../base/printable.ts';
import type { RuntimeEvent } from '../../observe/events.ts';

/** The line that an event deserves; most deserve none. */
export function happening(event: RuntimeEvent): string | undefined {
  switch (event.type) {
    case 'run.event': {
      const { event: task } = event;
      if (task.type === 'retried') {
        return `${printable(task.taskType)} at ${task.address} is tried again in ${formatMs(task.delayMs)}: ${printable(task.error, 300)}`;
      }
      return task.type === 'failed' && task.task !== task.run
        ? `${printable(task.taskType)} failed at ${task.address}: ${printable(task.error, 300)}`
        : undefined;
    }
    case 'actor.crashed':
      return `${event.address} crashed: ${printable(describeError(event.error), 300)}`;
    case 'actor.restarting':
      return `${event.address} is started again in ${formatMs(event.delayMs)}`;
    case 'supervisor.gaveUp':
      return printable(describeError(event.error), 300);
    case 'effect.refused':
      return `${event.address} asked for something that is refused: ${printable(describeError(event.error), 300)}`;
    default:
      return undefined;
  }
}
