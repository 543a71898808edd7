// What the writer has to know of a key before it writes it again: its version and which journal records hold its
// older ones. Keys with commits in flight stay here until those have landed; of the others the ones used last do.

import { limits } from '../../base/limits.ts';

/** A key as of every commit called so far. */
export interface Head {
  /** Of the record, or of the tombstone; 0 when there is neither. */
  version: number;
  /** Whether there is a record, and not a tombstone or nothing. */
  isThere: boolean;
  /** The places of the versions that are kept, newest first; empty for keys of which only the current one is. */
  ring: readonly number[];
  /** Hashes of versions that are blobs, as far as they are known. */
  blobs: ReadonlyMap<number, string> | undefined;
  /** Commits in flight that write it. */
  flying: number;
  /** The newest version known to have landed; 0 for none. */
  landed: number;
}

/** A head for a key that has nothing. */
export function noHead(): Head {
  return { version: 0, isThere: false, ring: [], blobs: undefined, flying: 0, landed: 0 };
}

/** The heads that are known, in two generations: what is not used while one fills up is forgotten. */
export class Heads {
  #young = new Map<string, Head>();
  #old = new Map<string, Head>();

  get(key: string): Head | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** The same, for those who only pass by. */
  peek(key: string): Head | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  set(key: string, head: Head): void {
    this.#young.set(key, head);
    if (this.#young.size <= limits.store.heads_count) return;
    const forgotten = this.#old;
    this.#old = this.#young;
    this.#young = new Map();
    for (const [each, known] of forgotten) if (known.flying > 0 && !this.#old.has(each)) this.#young.set(each, known);
  }

  forget(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** After a failure nothing that was in flight has happened. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
