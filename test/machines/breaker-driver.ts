// Drives a breaker by hand: the settings, events and verbs that its tests share.
import {
  type BreakerContext,
  type BreakerEmitted,
  type BreakerEvent,
  type BreakerInput,
  breakerMachine,
  parseBreakerInput,
} from '../../machines/breaker.ts';
import { drive, type Driven } from './model.ts';

export const OUTCOMES = ['succeeded', 'failed', 'ignored'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** 5 of 10 within 10 s opens for 30 s; a probe has 5 s. */
export const SETTINGS: BreakerInput = {
  windowMs: 10_000,
  buckets: 10,
  volume: 10,
  failureRatio: 0.5,
  resetMs: 30_000,
  reopenFactor: 1,
  reopenMaxMs: 30_000,
  probeMs: 5_000,
};

/** The same by count: 5 failures, however many calls. */
export const { failureRatio: _ratio, ...COUNTED }: BreakerInput = { ...SETTINGS, volume: 1, failureCount: 5 };

export const requested = (id: string, now: number): BreakerEvent => ({ type: 'call.requested', id, now });
export const ended = (outcome: Outcome, id: string, generation: number, now: number): BreakerEvent => {
  return { type: `call.${outcome}`, id, generation, now };
};
export const passed = (now: number): BreakerEvent => ({ type: 'time.passed', now });
export const lost = (generation: number, now: number): BreakerEvent => ({ type: 'probe.lost', generation, now });

/** A breaker driven by hand. */
export class Breaker {
  readonly driven: Driven<typeof breakerMachine>;
  private asked = 0;

  constructor(settings: BreakerInput = SETTINGS, stored?: ReturnType<Driven<typeof breakerMachine>['stored']>) {
    const input = parseBreakerInput(settings);
    this.driven = drive(breakerMachine, stored === undefined ? { input } : { stored });
  }

  get value(): string {
    return this.driven.snapshot().value;
  }

  get context(): BreakerContext {
    return this.driven.snapshot().context;
  }

  send(event: BreakerEvent): BreakerEmitted[] {
    return this.driven.send(event);
  }

  /** Asks for a call; the generation it was allowed in, or undefined. */
  ask(now: number, id = `call${this.asked++}`): { readonly id: string; readonly generation: number } | undefined {
    const answer = this.send(requested(id, now)).find(({ type }) => type === 'call.allowed');
    return answer?.type === 'call.allowed' ? { id, generation: answer.generation } : undefined;
  }

  /** A call that is allowed and ends in the same instant. */
  call(outcome: Outcome, now: number): void {
    const allowed = this.ask(now);
    if (allowed === undefined) throw new Error(`refused at ${now} while ${this.value}`);
    this.send(ended(outcome, allowed.id, allowed.generation, now));
  }

  calls(outcome: Outcome, times: number, now: number): this {
    for (let nth = 0; nth < times; nth += 1) this.call(outcome, now);
    return this;
  }
}

/** A breaker that opened at 0. */
export const opened = (settings: BreakerInput = SETTINGS): Breaker =>
  new Breaker(settings).calls('succeeded', 5, 0).calls('failed', 5, 0);
