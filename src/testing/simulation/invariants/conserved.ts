// A sum that no commit changes: money that is moved between accounts is neither made nor lost, whatever fails. All
// accounts are opened in one commit, which says how much there is.

import { unpackValue } from '../../../store/codec/codec.ts';
import { statePrefix } from '../../../store/state/state-key.ts';
import type { Invariant, Life } from '../invariant.ts';

/** What a record counts for; undefined: nothing. */
export type ValueOf = (value: unknown) => number | undefined;

/**
 * The values under a prefix of the store always have the same sum, in each state that was ever committed.
 *
 * @param prefix - Of keys in the store; those of shared state begin with `state/`.
 */
export function conserved(prefix: string, valueOf: ValueOf = balanceOf): Invariant {
  return {
    name: `the sum of '${prefix}' stays the same`,
    watch: (run, fail) => {
      const values = new Map<string, number>();
      /** What has been seen of each key; commits that land together are told of one by one, when a look may have shown all. */
      const versions = new Map<string, number>();
      let total: number | undefined;
      let isDamaged = false;
      const check = (when: string): void => {
        if (isDamaged || run.rots || (total === undefined && values.size === 0)) return;
        let sum = 0;
        for (const value of values.values()) sum += value;
        total ??= sum;
        if (sum === total) return;
        fail(`the sum of the ${values.size} records under '${prefix}' is ${sum} ${when}, and was ${total}`);
      };
      const find = ({ kernel: { store } }: Life): void => {
        if (store === undefined) return;
        values.clear();
        versions.clear();
        for (const key of store.keys(prefix)) {
          const record = store.get(key);
          const value = valueOf(record?.value);
          if (value !== undefined) values.set(key, value);
          versions.set(key, record?.version ?? 0);
        }
      };
      let isNew = false;
      let isUnsure = false;
      return {
        born: (life) => {
          find(life);
          isNew = true;
          life.witness.on('committed', ({ nth, writes }) => {
            if (!writes.some(({ key }) => key.startsWith(prefix))) return;
            if (isUnsure) find(life);
            isUnsure = false;
            for (const { key, bytes, after } of writes) {
              if (!key.startsWith(prefix) || (after > 0 && after <= (versions.get(key) ?? 0))) continue;
              versions.set(key, after);
              const value = bytes === undefined ? undefined : valueOf(unpackValue(bytes));
              if (value === undefined) values.delete(key);
              else values.set(key, value);
            }
            check(`after commit ${nth}`);
          });
        },
        event: (event) => {
          // It may have landed all the same, which is seen once the store has been opened again.
          if (event.type === 'state.writesLost' || event.type === 'store.failed') isUnsure = true;
          // An older version is served, and nobody can say what the sum should be.
          if (event.type === 'store.damaged' && event.key.startsWith(prefix)) isDamaged = true;
        },
        step: () => {
          if (isNew) check('after a restart');
          isNew = false;
        },
      };
    },
  };
}

function balanceOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  const { balance } = (value ?? {}) as { readonly balance?: unknown };
  return typeof balance === 'number' ? balance : undefined;
}

/** Accounts in shared state: keys that begin with `account/`. */
export const bankSum: Invariant = conserved(`${statePrefix}account/`);
