// Drives the supervisor machine: one event in, its decisions out. The machine is pure and seldom asked, so it is
// stepped as a function of its snapshot and no actor is kept for it.

import { initialTransition, type SnapshotFrom, transition } from 'xstate';
import {
  type SupervisorEmitted,
  type SupervisorEvent,
  type SupervisorInput,
  supervisorMachine,
} from '../../machines/supervisor.ts';

/** What a supervisor has decided so far and will decide next. */
export class Judge {
  #snapshot: SnapshotFrom<typeof supervisorMachine>;

  constructor(settings: SupervisorInput) {
    [this.#snapshot] = initialTransition(supervisorMachine, settings);
  }

  decide(event: SupervisorEvent): readonly SupervisorEmitted[] {
    const [next, actions] = transition(supervisorMachine, this.#snapshot, event);
    this.#snapshot = next;
    const decisions: SupervisorEmitted[] = [];
    for (const action of actions) {
      const { type, params } = action as { readonly type: string; readonly params?: unknown };
      if (type === 'xstate.emit') decisions.push((params as { readonly event: SupervisorEmitted }).event);
    }
    return decisions;
  }
}
