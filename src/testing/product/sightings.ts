// What was seen of each machine while a product was walked: states and transitions that were reached, and events that
// came and were never handled.

import { type ModelCoverage, CoverageRecord } from '../coverage.ts';
import type { Cast } from './cast.ts';
import type { Moment } from './draft.ts';
import type { MachineRole } from './roles.ts';

/** What was reached of one actor. */
export interface ActorReport {
  /** Its address; of a spawned machine, its id. */
  readonly name: string;
  /** How it was played. */
  readonly label: string;
  /** Of a machine. */
  readonly coverage?: ModelCoverage;
  /** Event types that came and that it ignored in every state it was in. */
  readonly ignored: readonly string[];
}

interface Seen {
  readonly record: CoverageRecord;
  readonly handled: Set<string>;
  readonly ignored: Set<string>;
}

/** Collects what is seen. */
export class Sightings {
  readonly #seen = new Map<string, Seen>();

  add({ actor: { role }, step }: Moment): void {
    if (role.type !== 'machine') return;
    const { record, handled, ignored } = this.#of(role);
    record.add({ name: '', input: undefined, steps: [step], words: [], times: undefined });
    const type = step.event?.type;
    if (type === undefined || type.startsWith('xstate.')) return;
    if (step.microsteps.length > 0) handled.add(type);
    else ignored.add(type);
  }

  reports(cast: Cast): readonly ActorReport[] {
    return cast.all().map((role) => {
      const { name, label } = role;
      if (role.type !== 'machine') return { name, label, ignored: [] };
      const { record, handled, ignored } = this.#of(role);
      return { name, label, coverage: record.coverage(), ignored: [...ignored].filter((type) => !handled.has(type)) };
    });
  }

  #of(role: MachineRole): Seen {
    let seen = this.#seen.get(role.name);
    if (seen === undefined) {
      seen = { record: new CoverageRecord(role.graph), handled: new Set(), ignored: new Set() };
      this.#seen.set(role.name, seen);
    }
    return seen;
  }
}
