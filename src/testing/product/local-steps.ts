// The steps of one machine, each taken once. A product comes to the same local step again and again, with its neighbours in
// other states; a machine is pure, so the step is the same, and so is the state it leads to, to the very object.

import type { AnyEventObject } from 'xstate';
import { plainText } from '../environment.ts';
import type { ModelState, ModelStep, WatchedMachine } from '../watched.ts';

/** Remembers steps. */
export class LocalSteps {
  readonly #watched: WatchedMachine;
  readonly #known = new WeakMap<ModelState, Map<string, ModelStep>>();
  readonly #begun = new Map<unknown, ModelStep>();

  constructor(watched: WatchedMachine) {
    this.#watched = watched;
  }

  begin(input: unknown): ModelStep {
    const begun = this.#begun.get(input) ?? this.#watched.begin(input);
    this.#begun.set(input, begun);
    return begun;
  }

  step(before: ModelState, event: AnyEventObject): ModelStep {
    let steps = this.#known.get(before);
    if (steps === undefined) {
      steps = new Map();
      this.#known.set(before, steps);
    }
    const key = plainText(event);
    let step = steps.get(key);
    if (step === undefined) {
      step = this.#watched.step(before, event);
      steps.set(key, step);
    }
    return step;
  }
}
