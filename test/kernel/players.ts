// Small actors that kernel tests cast again and again: one that does what a test says with each message, and one
// that keeps what it hears.

import { type AnyActorLogic, type EventObject, fromTransition } from 'xstate';
import type { Effect } from '../../src/kernel/effects.ts';

/** A message as tests look at it. */
export interface Message extends EventObject {
  readonly [key: string]: unknown;
}

/** What an actor may emit: effects, or events for its driver. */
export type Emit = (effect: Effect | Message) => void;

/** An actor that reacts to each message as it is told; its context counts them. XState's own stop event is left out. */
export function player(react: (message: Message, emit: Emit) => void = () => {}): AnyActorLogic {
  return fromTransition((handled: number, message: Message, scope) => {
    if (message.type === 'xstate.stop') return handled;
    react(message, (effect) => {
      scope.emit(effect);
    });
    return handled + 1;
  }, 0);
}

/** An actor that keeps what it hears; outside its state, so that a restart forgets nothing. */
export function listener(): {
  readonly logic: AnyActorLogic;
  readonly heard: Message[];
  readonly types: () => readonly string[];
} {
  const heard: Message[] = [];
  return {
    logic: player((message) => {
      heard.push(message);
    }),
    heard,
    types: () => heard.map(({ type }) => type),
  };
}

/** The error that a promise was rejected with; fails the test when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('it was not rejected');
    },
    (error: unknown) => error,
  );
}

/** Waits for the real clock; only for tests that say why they need it. */
export function realMs(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** Messages of one type. */
export const ofType = (heard: readonly Message[], type: string): readonly Message[] =>
  heard.filter((message) => message.type === type);
