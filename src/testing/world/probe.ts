// An actor of the test's own: it takes whatever it is told and writes it down, so that the test can say what it
// expects of its neighbours. Waiting for a message moves virtual time, never real time. It answers when it is told to,
// and it can send and watch in its own name.

import { CircularBuffer } from 'mnemonist';
import { type AnyActorLogic, type AnyEventObject, type EventObject, fromTransition } from 'xstate';
import { formatMs } from '../../base/duration.ts';
import { limits } from '../../base/limits.ts';
import type { Reason } from '../../base/reason.ts';
import { checkMessage } from '../../kernel/door.ts';
import { effect, type Recipient, type TellOptions } from '../../kernel/effects.ts';
import type { Envelope } from '../../kernel/envelope.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import type { ActorRef } from '../../kernel/ref.ts';
import { beforeHandling } from './before-handling.ts';
import {
  type Expected,
  type ExpectOptions,
  inTime,
  matcherOf,
  type OfType,
  type Within,
  withinMs,
} from './probe-expected.ts';
import type { WaitEnd } from './test-driver.ts';
import { ExpectationError, inWords, listed, type Standing } from './test-expectation.ts';
import type { Waits } from './test-waits.ts';

/** Options of `test.probe`. */
export interface ProbeOptions<Event extends EventObject = AnyEventObject> {
  /** The address of the actor it is a child of; default: it stands at the top. */
  readonly parent?: string;
  /** Answers messages as they come; undefined leaves one unanswered. */
  readonly answer?: (event: Event) => EventObject | undefined;
}

/** What a probe needs of the test around it. */
export interface ProbeHost {
  readonly ref: (address: string) => ActorRef | undefined;
  /** The parts of the kernel that lives; undefined when none does. */
  readonly parts: () => KernelParts | undefined;
  readonly standing: () => Standing;
  /** Virtual milliseconds. */
  readonly now: () => number;
  readonly waits: Waits;
  /** How an actor that is gone has ended in this life. */
  readonly endOf: (address: string) => Reason | undefined;
}

interface Received {
  readonly event: EventObject;
  readonly envelope: Envelope | undefined;
  readonly at_ms: number;
}

/**
 * An actor that records what it is told.
 *
 * @typeParam Event - What it may be told.
 */
export class Probe<Event extends EventObject = AnyEventObject> {
  /** Its address, to tell to actors under test. */
  readonly address: string;
  readonly #host: ProbeHost;
  readonly #all = new CircularBuffer<Received>(Array, limits.testing.probe_messages);
  /** What no expectation has taken yet. */
  #unread: Received[] = [];
  #lost = 0;
  #last: Received | undefined = undefined;
  /** The message that it is being told. */
  #handling: Envelope | undefined = undefined;

  /** @internal Made by `test.probe`. */
  constructor(address: string, host: ProbeHost) {
    this.address = address;
    this.#host = host;
  }

  /** The actor. */
  get ref(): ActorRef<Event> {
    const ref = this.#host.ref(this.address);
    if (ref !== undefined) return ref;
    throw this.#failure(`probe ${this.address} has ended`, 'a living actor', 'none');
  }

  /** Everything it has been told, in order; the newest 10,000. */
  get messages(): readonly Event[] {
    return [...this.#all].map(({ event }) => event as Event);
  }

  /** What no expectation has taken yet. */
  get unread(): readonly Event[] {
    return this.#unread.map(({ event }) => event as Event);
  }

  /** Who sent the message that was expected last; undefined when it came from outside. */
  get sender(): string | undefined {
    return this.#last?.envelope?.from;
  }

  /**
   * Waits for a message and gives it. It has to be the next one, unless others may be skipped.
   *
   * @param expected - Its type; an event with the fields that matter; or a function that says whether it is it.
   * @throws ExpectationError with what came instead and what is pending.
   */
  expectMessage<Type extends Event['type']>(expected: Type, options?: ExpectOptions): Promise<OfType<Event, Type>>;
  expectMessage(expected: Expected<Event>, options?: ExpectOptions): Promise<Event>;
  async expectMessage(expected: Expected<Event>, { within, skip = false }: ExpectOptions = {}): Promise<Event> {
    const within_ms = withinMs(within);
    const { words, matches } = matcherOf(expected);
    const passed: Received[] = [];
    let found: Received | undefined;
    const take = (): boolean => {
      this.#refuseLost();
      while (found === undefined && this.#unread.length > 0) {
        const [next] = this.#unread;
        if (next === undefined) break;
        if (matches(next.event)) found = next;
        else if (!skip) throw this.#other(words, next);
        else passed.push(next);
        this.#unread.shift();
      }
      return found !== undefined;
    };
    const end = await this.#host.waits.until(`${this.address}.expectMessage`, take, within_ms);
    if (found === undefined) throw this.#missing(words, { within_ms, end, passed });
    this.#last = found;
    return found.event as Event;
  }

  /**
   * Waits, and sees to it that no message comes; one that has come and was not expected counts, too.
   *
   * @throws ExpectationError with what came.
   */
  async expectNoMessage({ within }: Within = {}): Promise<void> {
    const within_ms = withinMs(within);
    const until = this.#host.now() + within_ms;
    const what = `${this.address}.expectNoMessage`;
    const hasCome = (): boolean => this.#unread.length > 0;
    const end = await this.#host.waits.until(what, hasCome, within_ms);
    if (end === 'idle') await this.#host.waits.advance(what, until - this.#host.now());
    if (end === 'happened' || hasCome()) {
      throw this.#failure(`${this.address}: expected no message`, 'no message', this.unread, [
        `came: ${this.#words(this.#unread)}`,
      ]);
    }
    if (end === 'endless') throw this.#failure(`${this.address}: the time to wait never ended`, 'an end', end);
  }

  /**
   * Waits for an actor to end for good; a restart is no end. One that has ended before counts, too.
   *
   * @returns its address, and why it ended.
   * @throws ExpectationError when it lives on, or when nobody has lived at the address.
   */
  async expectTerminated(
    target: Recipient,
    { within }: Within = {},
  ): Promise<{ readonly address: string; readonly reason: Reason }> {
    const within_ms = withinMs(within);
    const address = typeof target === 'string' ? target : target.address;
    const ref = 'watch' in Object(target) ? (target as ActorRef) : this.#host.ref(address);
    let ended: { readonly address: string; readonly reason: Reason } | undefined;
    if (ref === undefined) {
      const reason = this.#host.endOf(address);
      if (reason !== undefined) return { address, reason };
      throw this.#failure(
        `${this.address}: expected '${address}' to end, but nobody has lived there`,
        address,
        'nobody',
      );
    }
    const unwatch = ref.watch((end) => {
      ended = end;
    });
    const end = await this.#host.waits.until(`${this.address}.expectTerminated`, () => ended !== undefined, within_ms);
    unwatch();
    if (ended === undefined) {
      throw this.#failure(
        `${this.address}: expected '${address}' to end ${inTime(end, within_ms)}, but it lives`,
        `the end of ${address}`,
        'it lives',
      );
    }
    return ended;
  }

  /**
   * Answers the message that was expected last, as `reply` of an actor does: who asked gets an answer, who told is
   * told, and of a task `task.done` and `task.failed` are the outcome.
   *
   * @throws ExpectationError when no message has been expected yet; INVALID_INPUT when it is no event.
   */
  reply(event: AnyEventObject): void {
    const last = this.#last;
    if (last === undefined) {
      const hint = this.#unread.length === 0 ? [] : [`unread: ${this.#words(this.#unread)}`];
      throw this.#failure(
        `${this.address}: there is no message to reply to; expect one first`,
        'a message',
        'none',
        hint,
      );
    }
    checkMessage(event, 'the sender');
    this.#carryOut(effect.reply(event), last.envelope);
  }

  /** Tells an actor something in the probe's name, so that answers come here. @throws INVALID_INPUT for what is no event. */
  tell(to: Recipient, event: AnyEventObject, options?: TellOptions): void {
    checkMessage(event, typeof to === 'string' ? to : to.address);
    this.#carryOut(effect.tell(to, event, options), undefined);
  }

  /** Asks to be told `actor.terminated` when an actor ends. */
  watch(to: Recipient): void {
    this.#carryOut(effect.watch(to), undefined);
  }

  /** Forgets what has come and was not expected. */
  forget(): void {
    this.#unread = [];
    this.#lost = 0;
  }

  /** @internal What the actor runs on. */
  logic(answer: ProbeOptions<Event>['answer']): AnyActorLogic {
    return fromTransition((_none: undefined, event: EventObject, { emit }) => {
      if (this.#host.parts() === undefined) return undefined; // its process has been killed, and this turn is its last
      this.#take({ event, envelope: this.#handling, at_ms: this.#host.now() });
      const given = answer?.(event as Event);
      if (given !== undefined) emit(effect.reply(given));
      return undefined;
    }, undefined) as AnyActorLogic;
  }

  /** @internal Its actor stands: the envelopes of what it is told are seen from now on. */
  placed(): void {
    const cell = this.#host.parts()?.registry.living(this.address);
    if (cell !== undefined) beforeHandling(cell, (envelope) => (this.#handling = envelope));
  }

  #take(received: Received): void {
    this.#all.push(received);
    this.#unread.push(received);
    if (this.#unread.length <= limits.testing.probe_messages) return;
    this.#unread.shift();
    this.#lost += 1;
  }

  #carryOut(wanted: EventObject, envelope: Envelope | undefined): void {
    const parts = this.#host.parts();
    const cell = parts?.registry.living(this.address);
    if (cell === undefined) throw this.#failure(`probe ${this.address} has ended`, 'a living actor', 'none');
    parts?.carrier.carryOut(cell, wanted, envelope);
  }

  #refuseLost(): void {
    if (this.#lost === 0) return;
    const most = limits.testing.probe_messages;
    throw this.#failure(
      `${this.address}: ${this.#lost} messages were dropped unread, since a probe keeps ${most}; expect them, or forget() them in time`,
      `at most ${most} unread messages`,
      this.#lost + most,
    );
  }

  #other(words: string, next: Received): ExpectationError {
    const behind = this.#unread.slice(1);
    return this.#failure(`${this.address}: expected ${words} as the next message`, words, next.event, [
      `came instead: ${this.#words([next])}`,
      ...(behind.length === 0 ? [] : [`behind it: ${this.#words(behind)}`]),
      ...(behind.length === 0 ? [] : ['{ skip: true } passes over what comes before']),
    ]);
  }

  #missing(
    words: string,
    { within_ms, end, passed }: { readonly within_ms: number; readonly end: WaitEnd; readonly passed: Received[] },
  ): ExpectationError {
    return this.#failure(`${this.address}: expected ${words} ${inTime(end, within_ms)}`, words, undefined, [
      passed.length === 0 ? 'nothing came' : `came instead: ${this.#words(passed)}`,
    ]);
  }

  #words(received: readonly Received[]): string {
    return listed(
      received.map(({ event, envelope, at_ms }) => {
        const from = envelope?.from;
        return `${inWords(event)} from ${from ?? 'outside'} at ${formatMs(at_ms)}`;
      }),
    );
  }

  #failure(problem: string, expected: unknown, actual: unknown, notes: readonly string[] = []): ExpectationError {
    return new ExpectationError(problem, this.#host.standing(), { expected, actual, notes });
  }
}
