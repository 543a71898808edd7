// How a witness sees what actors want and what they wait for: effects as they are emitted, held and carried out, asks
// and delegations as they open and settle.

import type { Ask } from '../../kernel/ask.ts';
import type { Delegation } from '../../kernel/delegation.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import { around, type Tell } from './witness-events.ts';
import type { Owner } from './witness-timers.ts';

/** Watches effects, asks and delegations. */
export function watchWork(parts: KernelParts, tell: Tell, owner: Owner): void {
  watchEffects(parts, tell, owner);
  const { asks, delegations } = parts;
  around(
    asks,
    'open',
    (open) => (cell, question, timeoutMs, send) =>
      open(cell, question, timeoutMs, (ask) => {
        watchAsk(ask, tell);
        tell('asked', ask, cell, timeoutMs);
        return send(ask);
      }),
  );
  const opened = new WeakSet<Delegation>();
  around(delegations, 'open', (open) => (request) => {
    const delegation = open(request);
    opened.add(delegation);
    tell('delegated', delegation, request);
    return delegation;
  });
  // Whatever settles goes by here, marked as settled, before anybody is told. The mark itself is left alone: an object
  // with an accessor in place of a field is slow for whoever reads it.
  around(delegations.dormancy, 'settled', (settled) => (delegation, outcome) => {
    if (delegation.settled && opened.has(delegation)) tell('settled', delegation);
    settled(delegation, outcome);
  });
}

function watchEffects({ turns, carrier, committer }: KernelParts, tell: Tell, owner: Owner): void {
  around(turns, 'collect', (collect) => (effect) => {
    if (turns.active !== undefined) tell('wanted', turns.active, effect);
    collect(effect);
  });
  const { emit } = turns;
  // `this` is the scope of whoever emits, so the original can't be bound.
  const watched: typeof emit = function watchedEmit(effect) {
    const { active } = turns;
    if (active !== undefined && (this === active.scope || this === undefined)) tell('wanted', active, effect);
    emit.call(this, effect);
  };
  Object.defineProperty(turns, 'emit', { configurable: true, writable: true, value: watched });
  around(turns, 'release', (release) => (cell, envelope) => {
    owner.is(undefined);
    tell('handled', cell, envelope);
    tell('releasing', cell, envelope, undefined);
    release(cell, envelope);
    tell('released', cell);
  });
  around(turns, 'begin', (begin) => (cell, effects) => {
    tell('releasing', cell, undefined, effects);
    begin(cell, effects);
    tell('released', cell);
  });
  around(carrier, 'carryOut', (carryOut) => (cell, effect, envelope, acting) => {
    tell('effect', cell, effect, envelope);
    owner.during(effect.type === 'troupe.schedule' ? cell : undefined, () => {
      carryOut(cell, effect, envelope, acting);
    });
  });
  if (committer === undefined) return;
  around(committer, 'hold', (hold) => (cell, effect, envelope, acting) => {
    tell('held', cell, effect, envelope);
    hold(cell, effect, envelope, acting);
  });
}

function watchAsk(ask: Ask, tell: Tell): void {
  const [answer, refuse] = [ask.answer.bind(ask), ask.refuse.bind(ask)];
  let refusals_count = 0;
  ask.answer = (reply): boolean => {
    // A reply that can't be one is refused through `refuse`, which tells of it.
    const before_count = refusals_count;
    const took = answer(reply);
    if (took && refusals_count === before_count) tell('answered', ask);
    return took;
  };
  ask.refuse = (error): boolean => {
    const took = refuse(error);
    if (took) refusals_count += 1;
    if (took) tell('answered', ask);
    return took;
  };
}
