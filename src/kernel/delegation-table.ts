// The delegations that have not settled, by the actors at both ends: who has which tasks, and who waits for which.
// Keeping and finding them is all it does; what becomes of them is decided in `delegations.ts`.

import type { Address } from './address.ts';
import type { Delegation } from './delegation.ts';

interface Held {
  /** Given to the actor, by task id. */
  readonly assigned: Map<string, Delegation>;
  /** Given by the actor, by task id. */
  readonly issued: Map<string, Delegation>;
}

const none: readonly never[] = [];

/** Delegations by actor. */
export class DelegationTable {
  readonly #byActor = new Map<Address, Held>();
  /** Those that somebody waits for. */
  pending = 0;

  /** What an actor was assigned, by id. */
  assigned(actor: Address): ReadonlyMap<string, Delegation> | undefined {
    return this.#byActor.get(actor)?.assigned;
  }

  /** What an actor has delegated, by id. */
  issued(actor: Address): ReadonlyMap<string, Delegation> | undefined {
    return this.#byActor.get(actor)?.issued;
  }

  /** What an actor was assigned; the list stays as it is while they settle. */
  allAssigned(actor: Address): readonly Delegation[] {
    return listOf(this.assigned(actor));
  }

  /** What an actor has delegated; the list stays as it is while they settle. */
  allIssued(actor: Address): readonly Delegation[] {
    return listOf(this.issued(actor));
  }

  add(delegation: Delegation): void {
    const { id, from, to, parent, dormant } = delegation;
    if (dormant === undefined) this.pending += 1;
    parent?.children.add(delegation);
    this.#held(to).assigned.set(id, delegation);
    if (from !== undefined) this.#held(from).issued.set(id, delegation);
  }

  remove(delegation: Delegation): void {
    const { from, to, parent, dormant } = delegation;
    if (dormant === undefined) this.pending -= 1;
    parent?.children.delete(delegation);
    this.#drop(to, 'assigned', delegation);
    if (from !== undefined) this.#drop(from, 'issued', delegation);
  }

  #held(actor: Address): Held {
    let held = this.#byActor.get(actor);
    if (held === undefined) {
      held = { assigned: new Map(), issued: new Map() };
      this.#byActor.set(actor, held);
    }
    return held;
  }

  #drop(actor: Address, side: 'assigned' | 'issued', delegation: Delegation): void {
    const held = this.#byActor.get(actor);
    if (held === undefined || held[side].get(delegation.id) !== delegation) return;
    held[side].delete(delegation.id);
    if (held.assigned.size === 0 && held.issued.size === 0) this.#byActor.delete(actor);
  }
}

function listOf(delegations: ReadonlyMap<string, Delegation> | undefined): readonly Delegation[] {
  return delegations === undefined || delegations.size === 0 ? none : [...delegations.values()];
}
