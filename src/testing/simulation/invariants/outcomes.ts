// Whoever has delegated waits for the outcome, and nothing else will remind it: it is told, in the turn in which the task
// ends, and once. Over a crash a durable actor knows what it has delegated, and is told that it was broken off.

import type { Delegation } from '../../../kernel/delegation.ts';
import type { DelegateEffect } from '../../../kernel/effects.ts';
import type { Envelope } from '../../../kernel/envelope.ts';
import type { Invariant, InvariantWatch, Life } from '../invariant.ts';
import { around } from '../witness-events.ts';
import { KeptBeginnings, type LookAt } from './kept-beginnings.ts';

/** Each delegation has one outcome, of which a living issuer is told. */
export const outcomesAreTold: Invariant = {
  name: 'whoever has delegated is told of the outcome, once',
  watch: (run, fail): InvariantWatch => {
    let desk: Outcomes | undefined;
    let beginnings: KeptBeginnings | undefined;
    return {
      born: (life) => {
        desk = new Outcomes(life, fail);
        beginnings = run.rots ? undefined : new KeptBeginnings(life, fail, brokenOff);
      },
      event: (event) => {
        beginnings?.event(event);
      },
      step: () => {
        desk?.step();
        beginnings?.step();
      },
    };
  },
};

/** What it had delegated in an earlier life has an outcome in its mailbox, before it handles anything. */
const brokenOff: LookAt = ({ address, mail }, { record }) => {
  const told = new Set(Array.from(mail ?? [], outcomeOf));
  const forgotten = record.delegations?.find((id) => !told.has(id));
  return forgotten === undefined
    ? undefined
    : `'${address}' had delegated '${forgotten}' when its process ended, and is not told what became of it`;
};

/** Who is owed an outcome in one life. */
class Outcomes {
  readonly #fail: (problem: string) => void;
  readonly #owed = new Set<Delegation>();
  /** Actors that have been told, by who and of what. */
  readonly #told = new Map<string, Delegation>();
  /** What an actor is about to delegate: it may be refused, and is told so under the same id. */
  #asking: string | undefined = undefined;
  /** An actor that is put back to an old state has old messages again. */
  #isRolling = false;

  constructor({ witness, kernel: { registry } }: Life, fail: (problem: string) => void) {
    this.#fail = fail;
    witness.on('effect', ({ address }, effect) => {
      const { type, task } = effect as DelegateEffect;
      this.#asking = type === 'troupe.delegate' ? placeOf(address, task?.id ?? task?.type) : undefined;
    });
    witness.on('delegated', (delegation) => {
      this.#asking = undefined;
      if (delegation.from !== undefined) this.#told.delete(placeOf(delegation.from, delegation.id));
      if (delegation.onSettled !== undefined) this.#listen(delegation);
    });
    witness.on('settled', (delegation) => {
      const { from, onSettled } = delegation;
      const issuer = from === undefined ? undefined : registry.living(from);
      if (onSettled !== undefined || issuer?.isAlive === true) this.#owed.add(delegation);
    });
    witness.on('put', (cell, envelope) => {
      const id = outcomeOf(envelope);
      if (id !== undefined) this.#put(cell.address, id);
    });
    witness.on('rollingBack', () => {
      this.#isRolling = true;
    });
  }

  /** After a step, nobody is owed anything: who is told is told at once. */
  step(): void {
    for (const { id, from, to } of this.#owed)
      this.#fail(
        `task '${id}' at '${to}' has ended, and ${from === undefined ? 'who gave it' : `'${from}'`} is not told`,
      );
    this.#owed.clear();
    this.#isRolling = false;
  }

  /** Somebody who is no actor waits. */
  #listen(delegation: Delegation): void {
    let told_count = 0;
    around(delegation, 'onSettled', (onSettled) => (outcome) => {
      told_count += 1;
      if (told_count > 1) this.#fail(`who gave task '${delegation.id}' is told of its outcome ${told_count} times`);
      this.#owed.delete(delegation);
      onSettled?.(outcome);
    });
  }

  #put(address: string, id: string): void {
    const place = placeOf(address, id);
    if (this.#asking === place) {
      this.#asking = undefined;
      return;
    }
    for (const delegation of this.#owed) {
      if (delegation.onSettled !== undefined || delegation.id !== id || delegation.from !== address) continue;
      this.#owed.delete(delegation);
      this.#told.set(place, delegation);
      return;
    }
    const before = this.#told.get(place);
    if (before !== undefined && !this.#isRolling)
      this.#fail(`'${address}' is told of the outcome of task '${id}' at '${before.to}' once more`);
  }
}

/** The id of the task of whose outcome a message tells. */
function outcomeOf({ event, from }: Envelope): string | undefined {
  if (from !== undefined || (event.type !== 'delegation.done' && event.type !== 'delegation.failed')) return undefined;
  return (event as unknown as { readonly id: string }).id;
}

function placeOf(address: string, id: string | undefined): string {
  return `${address} ${id}`;
}
