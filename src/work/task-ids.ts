// The ids of tasks and the keys of their records. A task that code delegates under a key has the id of its parent and
// that key, so that it is the same task after a restart; every id that is kept begins with its run's, so that what a
// run leaves behind is found by that alone. What is too long or strange for a key becomes a digest of itself.

import { createHash } from 'node:crypto';
import { limits } from '../base/limits.ts';

/** What can stand in an id as it is: no dot, which parts ids, and no `~`, which digests begin with. */
const simple = /^[\w#[\]:-]+$/;
const simpleId = /^[\w#[\]:~.-]+$/;
/** What can stand in a record's key as it is. */
const simpleKey = /^[\x21-\x7e]+$/;

/**
 * The id of a task that code delegates: its parent's, a dot, and the key.
 *
 * The same for the same three, whenever and wherever it is asked for; never longer than `limits.task.idLength_chars`.
 */
export function childId(run: string, parent: string, key: string): string {
  const id = `${parent}.${word(key, limits.task.keyShown_chars)}`;
  return id.length <= limits.task.idLength_chars ? id : `${run}.~${digestOf(`${parent}\n${key}`)}`;
}

/** What the records of a task are kept under: its id, where that is of its run, else a name of the run's made of it. */
export function subjectOf(run: string, task: string): string {
  if (task === run) return run;
  const own = task.startsWith(`${run}.`) && task.length <= limits.task.idLength_chars && simpleId.test(task);
  return own ? task : `${run}.~${digestOf(task)}`;
}

/** The run that the records of a task belong to. */
export function runOf(subject: string): string {
  const end = subject.search(/[./]/);
  return end === -1 ? subject : subject.slice(0, end);
}

/** The record of a run. */
export function runKey(run: string): string {
  return `run/${run}`;
}

/** The record of the end of a run. */
export function endKey(run: string): string {
  return `end/${run}`;
}

/** How often a run has been taken up again since its process last stopped in order. */
export function resumeKey(run: string): string {
  return `resume/${run}`;
}

/** The record of a task in work. */
export function taskKey(subject: string): string {
  return `task/${subject}`;
}

/** The record of a finished step or delegation. */
export function stepKey(subject: string, key: string): string {
  const shown = key.length <= limits.task.keyShown_chars && simpleKey.test(key);
  return `${stepsOf(subject)}${shown ? key : `~${digestOf(key)}`}`;
}

/** The record of a step's input, where that has one of its own; no step has this key. */
export function inputKey(subject: string, key: string): string {
  return `${stepKey(subject, key)} input`;
}

/** What the records of all steps of a task begin with. */
export function stepsOf(subject: string): string {
  return `step/${subject}/`;
}

/** The record of an idempotency key. */
export function idempotencyRecord(key: string): string {
  return `idem/${word(key, limits.run.idempotencyKey_chars)}`;
}

function word(text: string, most: number): string {
  return text.length <= most && simple.test(text) ? text : `~${digestOf(text)}`;
}

/** Over its code units, so that texts which no encoding tells apart have different ones. */
function digestOf(text: string): string {
  return createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('base64url');
}
