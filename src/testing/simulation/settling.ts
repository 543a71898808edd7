// Whether everything in a life has come to rest, and if not, what has not: the words that somebody reads whose run
// never ends.

import type { Clock } from '../../base/clock.ts';
import { isTroupeError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import type { RunState } from '../../work/run.ts';
import type { PresentLife } from './world.ts';

const { settle_steps, settledRetry_ms, settledTries_count } = limits.testing;

const named_count = 5;

/** Asked for one by one: a list of all runs would read every one that is over. */
const openStates: readonly RunState[] = ['accepted', 'queued', 'running', 'retrying', 'suspended'];

/** What is still open; undefined when all is at rest. */
export function openOf(life: PresentLife | undefined): string | undefined {
  if (life === undefined) return 'the process is down';
  if (life.state !== 'up') return `the process is ${life.state}`;
  const { runtime, kernel } = life;
  if (kernel.committer?.outage.failure !== undefined) return 'the store is being opened again';
  if (kernel.dispatcher.isBusy) return 'actors are at work';
  const waiting: string[] = [];
  for (const { address, waiting: messages, state } of runtime.actors()) {
    if (messages > 0 || state === 'starting' || state === 'stopping' || state === 'suspended')
      waiting.push(`'${address}' (${state}, ${messages} messages)`);
  }
  if (waiting.length > 0) return `not at rest: ${listed(waiting)}`;
  if (kernel.asks.pending > 0) return `${kernel.asks.pending} asks wait for an answer`;
  const open = openStates.flatMap((status) => runtime.runs({ status }));
  if (open.length > 0) return `runs are open: ${listed(open.map(({ id, type, state }) => `${type} ${id} (${state})`))}`;
  if (life.open.size > 0) return `operations wait: ${listed([...life.open.values()])}`;
  return undefined;
}

/** Why something that is open will not end by itself. */
export function unsettled(open: string, isStuck: boolean): string {
  const why = isStuck
    ? 'nothing is due any more (what waits for a file, a network or a real timer needs a stand-in under `agents`)'
    : `it went on for ${settle_steps} more steps`;
  return `${open}; ${why}`;
}

/** A check that has to ask may come while something is still being put right: what can be tried again is. */
export async function withPatience(check: () => unknown, clock: Pick<Clock, 'setTimer'>): Promise<void> {
  for (let left: number = settledTries_count; ; left -= 1) {
    try {
      await check();
      return;
    } catch (error) {
      if (!isTroupeError(error) || !error.retryable || left === 0) throw error;
    }
    await new Promise<void>((resolve) => {
      clock.setTimer(resolve, settledRetry_ms);
    });
  }
}

function listed(names: readonly string[]): string {
  const rest = names.length - named_count;
  return names.slice(0, named_count).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}
