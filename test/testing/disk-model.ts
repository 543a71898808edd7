// What a store on a simulated disk may hold, told plainly: the state after each commit that was called. Keys in capitals
// keep three versions and go on counting when they are deleted; the others keep one and leave nothing behind.

import type { Store, StoreWrite } from '../../src/store/port.ts';

/** Versions that can be read, newest first; a deleted key that goes on counting has none. */
interface Key {
  readonly version: number;
  readonly kept: readonly { readonly version: number; readonly value: unknown }[];
}

export type State = ReadonlyMap<string, Key>;

export const keepOf = (key: string): number => (key < 'a' ? 3 : 1);

/** The state after a commit. */
export function after(state: State, writes: readonly StoreWrite[]): State {
  const next = new Map(state);
  for (const { key, value } of writes) {
    const { version, kept } = next.get(key) ?? { version: 0, kept: [] };
    if (value !== undefined) {
      const record = { version: version + 1, value };
      next.set(key, { version: version + 1, kept: [record, ...kept].slice(0, keepOf(key)) });
    } else if (keepOf(key) === 1) next.delete(key);
    else if (version > 0) next.set(key, { version: version + 1, kept: [] });
  }
  return next;
}

/** A state as something to compare: what every way of reading finds of it. */
export function told(state: State): unknown {
  const there = [...state].filter(([, { kept }]) => kept.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return there.map(([key, { kept }]) => ({ key, scanned: kept[0]?.value, kept }));
}

/** The same of a store. */
export function read(store: Store): unknown {
  const scanned = new Map([...store.scan('')].map((each) => [each.key, each.value()]));
  return [...store.keys('')].map((key) => {
    const kept = store.history(key).map(({ version }) => ({ version, value: store.at(key, version)?.value }));
    const current = store.get(key);
    if (current?.version !== kept[0]?.version) throw new Error(`get and history of '${key}' differ`);
    return { key, scanned: scanned.get(key), kept };
  });
}
