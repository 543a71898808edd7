// What delegation tests share: an actor that delegates on, one that works, and one that keeps what becomes of it.

import type { AnyActorLogic } from 'xstate';
import { effect } from '../../src/kernel/effects.ts';
import type { Outcome } from '../../src/kernel/delegation.ts';
import type { KernelKit } from './kernel-kit.ts';
import { type Emit, type Message, player } from './players.ts';

/** Hands each task of it to `to` under its type, and answers with what comes back. */
export function relay(
  to: string | readonly string[],
  options: { readonly timeoutMs?: number; readonly all?: boolean } = {},
): AnyActorLogic {
  const targets = typeof to === 'string' ? [to] : to;
  const open = new Map<string, { readonly mine: string; readonly outputs: unknown[] }>();
  const within = options.timeoutMs === undefined ? {} : { timeoutMs: options.timeoutMs };
  return player((message, emit) => {
    if (message.type === 'task.assigned') {
      const mine = message.id as string;
      const outputs: unknown[] = [];
      for (const target of targets) {
        const id = `${mine}>${target}`;
        open.set(id, { mine, outputs });
        emit(effect.delegate(target, { id, type: 'work' }, within));
      }
    } else if (message.type === 'delegation.done' || message.type === 'delegation.failed') {
      settle(message, emit);
    }
  });

  function settle(message: Message, emit: Emit): void {
    const entry = open.get(message.id as string);
    open.delete(message.id as string);
    if (entry === undefined) return;
    if (message.type === 'delegation.failed') emit(effect.fail(entry.mine, message.error));
    else if (entry.outputs.push(message.output) === targets.length)
      emit(effect.complete(entry.mine, entry.outputs.flat()));
  }
}

/** Answers each task at once with its own name; keeps what it was told. */
export function worker(output: unknown, heard: Message[] = []): AnyActorLogic {
  return player((message, emit) => {
    heard.push(message);
    if (message.type === 'task.assigned') emit(effect.complete(message.id as string, output));
  });
}

/** Takes tasks and never answers; keeps what it was told. */
export function idler(heard: Message[] = []): AnyActorLogic {
  return player((message) => {
    heard.push(message);
  });
}

/** Delegates from outside and keeps the outcomes. */
export function submit({ kernel }: KernelKit, to: string, timeoutMs?: number): Outcome[] {
  const outcomes: Outcome[] = [];
  kernel.delegate({
    to,
    task: { type: 'work' },
    within: undefined,
    timeoutMs,
    onSettled: (outcome) => outcomes.push(outcome),
  });
  return outcomes;
}

/** The error of the only outcome. */
export function failure(outcomes: readonly Outcome[]): unknown {
  const [only, ...more] = outcomes;
  if (only === undefined || more.length > 0 || only.ok)
    throw new Error(`not one failure but ${JSON.stringify(outcomes)}`);
  return only.error;
}

/** What was refused, in order. */
export function refusals({
  events,
}: KernelKit): readonly { readonly from: unknown; readonly to: unknown; readonly code: unknown }[] {
  return events.flatMap((event) =>
    event.type === 'delegation.refused'
      ? [{ from: event.from, to: event.to, code: (event.error as { code: string }).code }]
      : [],
  );
}
