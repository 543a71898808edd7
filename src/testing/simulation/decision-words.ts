// A decision of a simulated run as people read it, in reports and in the files that keep a failing run:
// `fault.crash#3 = 2`.

import type { Decision } from '../world/decisions.ts';

/** `fault.crash#3 = 2`: the third time that it was decided whether the process crashes, it was 2. */
export function decisionWords({ kind, nth, value }: Decision): string {
  return `${kind}#${nth} = ${value}`;
}

/** The decision that such a text tells; undefined when it tells none. */
export function readDecision(text: unknown): Decision | undefined {
  const [, kind = '', nth, value] = (typeof text === 'string' ? /^(.+)#(\d+) = (\d+)$/.exec(text) : null) ?? [];
  const decision = { kind, nth: Number(nth), value: Number(value) };
  const isOne = Number.isSafeInteger(decision.nth) && Number.isSafeInteger(decision.value);
  return isOne && decision.nth > 0 && decision.value > 0 ? decision : undefined;
}
