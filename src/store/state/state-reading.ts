// Reads that shared state and actor snapshots have in common: the current record of a name, its kept versions, and
// the names there are. Shows what has landed, and nothing else.

import type { Store, StoredRecord, VersionInfo } from '../port.ts';
import { checkVersion, versionMissing } from './state-key.ts';

const page_count = 1_000;

/** Reads the records whose keys begin with one prefix. */
export class Reading {
  readonly #store: Store;
  readonly #prefix: string;
  readonly #keyOf: (name: string) => string;

  /** @param keyOf - Checks a name and makes it a key of the store. */
  constructor(store: Store, prefix: string, keyOf: (name: string) => string) {
    this.#store = store;
    this.#prefix = prefix;
    this.#keyOf = keyOf;
  }

  get(name: string): StoredRecord | undefined {
    return this.#store.get(this.#keyOf(name));
  }

  history(name: string): readonly VersionInfo[] {
    return this.#store.history(this.#keyOf(name));
  }

  at(name: string, version: number): StoredRecord | undefined {
    const key = this.#keyOf(name);
    checkVersion(version);
    return this.#store.at(key, version);
  }

  /** A version that has to be there. @throws INVALID_OPTION when it is not kept. */
  kept(name: string, version: number): StoredRecord {
    const record = this.at(name, version);
    if (record !== undefined) return record;
    throw versionMissing(
      name,
      version,
      this.history(name).map((each) => each.version),
    );
  }

  /**
   * Names that begin with a prefix, in the order of their code units. A page at a time, so that nothing of the store
   * stays open while the caller does something else.
   */
  *names(prefix: string): Generator<string, void, undefined> {
    const from = this.#prefix + prefix;
    for (let after: string | undefined; ;) {
      const page: string[] = [];
      for (const key of this.#store.keys(from, after)) {
        page.push(key);
        if (page.length === page_count) break;
      }
      for (const key of page) yield key.slice(this.#prefix.length);
      after = page.at(-1);
      if (after === undefined || page.length < page_count) return;
    }
  }
}
