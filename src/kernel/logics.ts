// Hosted logics, one for each logic that is in use: made once, since wrapping a logic for every actor would cost
// more than the actor. A machine without a limit on its own steps gets ours, so that an `always` loop is a crash
// and not a hang.

import { type AnyActorLogic, type AnyStateMachine, fromTransition, StateMachine } from 'xstate';
import { limits } from '../base/limits.ts';
import { HostedLogic, type StepHost } from './step.ts';

/** The hosted logics of a kernel. */
export class HostedLogics {
  readonly #hosted = new WeakMap<AnyActorLogic, HostedLogic>();
  readonly #host: StepHost;

  constructor(host: StepHost) {
    this.#host = host;
  }

  of(logic: AnyActorLogic): HostedLogic {
    let hosted = this.#hosted.get(logic);
    if (hosted === undefined) {
      hosted = new HostedLogic(bounded(logic), this.#host);
      this.#hosted.set(logic, hosted);
    }
    return hosted;
  }
}

/** A logic that does nothing: for actors that only supervise. */
export const supervisorLogic = fromTransition(() => undefined, undefined);

function bounded(logic: AnyActorLogic): AnyActorLogic {
  if (!(logic instanceof StateMachine)) return logic;
  const machine = logic as AnyStateMachine;
  if (Number.isFinite(machine.options?.maxIterations)) return logic;
  const copy = machine.provide({});
  copy.options = { ...machine.options, maxIterations: limits.actor.machineMicrosteps_count };
  return copy;
}
