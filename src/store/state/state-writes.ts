// The writes of shared state that are on their way to the store, and reads that see them. Decisions are taken on the
// newest write sent, not on the newest landed: commits land in the order they were sent, and one that fails takes all
// later ones with it, so what was decided on a write that is lost is lost too. A hot key is thus written as often as
// the store takes commits, instead of once for each time the disk answers. What is decided is told only after it landed.

import type { Clock } from '../../base/clock.ts';
import { InvalidOptionError, QueueFullError } from '../../base/errors.ts';
import { limits } from '../../base/limits.ts';
import { toPlain } from '../../base/plain.ts';
import type { Packed, Store } from '../port.ts';
import { storedKey } from './state-key.ts';

/** A value that has been checked, copied and packed. */
export interface Prepared {
  readonly value: unknown;
  readonly packed: Packed;
}

/** A write that was sent; a deletion has version 0 and no value. */
export interface Sent {
  readonly key: string;
  readonly value: unknown;
  readonly version: number;
  readonly at: number;
}

/** Writes that were sent as one. */
export interface Batch {
  readonly sent: readonly Sent[];
  /** Settles with the commit, after who watches has been told. */
  readonly landed: Promise<void>;
}

/** What a key holds as of every write sent so far. */
export interface Newest extends Sent {
  /** The commit that it waits for; undefined when it has landed. */
  readonly landed: Promise<void> | undefined;
}

/** What the writes of shared state need. */
export interface WritesHost {
  readonly store: Store;
  readonly clock: Pick<Clock, 'wall'>;
  /** How many versions of a key are kept. */
  readonly versions: number;
  landed(sent: Sent): void;
  lost(error: unknown): void;
}

/** Sends writes and knows those that have not landed. */
export class StateWrites {
  readonly #host: WritesHost;
  readonly #unlanded = new Map<string, { readonly sent: Sent; readonly batch: Batch }>();
  /** Commits that have not settled. */
  #flying = 0;
  #inFlight_bytes = 0;
  /** Grows with every write that is sent and every time that some are lost. */
  changes = 0;
  /** Grows every time that writes are lost: versions read before it may come again with other values. */
  losses = 0;

  constructor(host: WritesHost) {
    this.#host = host;
  }

  /** The newest of a key, landed or not. The value is the caller's own. */
  read(key: string): Newest | undefined {
    const stored = storedKey(key);
    const unlanded = this.#unlanded.get(key);
    if (unlanded !== undefined) {
      const { sent, batch } = unlanded;
      return { ...sent, value: toPlain(sent.value, stored), landed: batch.landed };
    }
    const record = this.#host.store.get(stored);
    if (record === undefined) return undefined;
    return { key, value: record.value, version: record.version, at: record.at, landed: undefined };
  }

  /** The version of a key as of every write sent so far; 0 when it is absent. */
  version(key: string): number {
    return this.#host.store.version(storedKey(key));
  }

  /**
   * Whether a version is the newest of a key, every write sent so far included.
   *
   * A damaged record keeps its version while an older one is served in its place; then the one served counts. Only when
   * nothing is on its way can it be told from a write that has not landed, and only because nobody else writes here.
   */
  isNewest(key: string, version: number): boolean {
    if (this.version(key) === version) return true;
    return this.#flying === 0 && (this.#host.store.get(storedKey(key))?.version ?? 0) === version;
  }

  /** Resolves when the newest write of a key has landed. @throws the store's error when it was lost. */
  async landing(key: string): Promise<void> {
    await this.#unlanded.get(key)?.batch.landed;
  }

  /**
   * Checks and copies a value.
   *
   * @throws UNSERIALIZABLE with the path of what can't be kept, INVALID_OPTION for undefined.
   */
  prepare(key: string, value: unknown): Prepared {
    const stored = storedKey(key);
    if (value === undefined) {
      throw new InvalidOptionError(`the value of '${key}'`, value, 'plain data; to remove a key, delete it');
    }
    const copy = toPlain(value, stored);
    return { value: copy, packed: this.#host.store.pack(copy, stored) };
  }

  /**
   * Sends writes as one commit; `undefined` deletes. Everything the commit could be refused for has been checked in
   * this very turn, so that only the store can fail it.
   *
   * @throws QUEUE_FULL when too much is on its way.
   */
  send(writes: ReadonlyMap<string, Prepared | undefined>): Batch {
    const { store, clock, versions } = this.#host;
    // What is not there is not deleted: it would leave a version behind that nobody has written.
    const list = [...writes].filter(([key, prepared]) => prepared !== undefined || this.version(key) > 0);
    const size_bytes = list.reduce((sum, [, prepared]) => sum + (prepared?.packed.bytes.byteLength ?? 0), 0);
    if (this.#inFlight_bytes > 0 && this.#inFlight_bytes + size_bytes > limits.state.inFlight_bytes) {
      const waiting = this.#unlanded.size;
      throw new QueueFullError('runtime.state', waiting, limits.mailbox.retryAfter_ms);
    }
    const at = clock.wall();
    const commit = store.commit(
      list.map(([key, prepared]) =>
        // A deletion leaves the key's version behind even where one version is kept: none may ever come twice.
        prepared === undefined
          ? { key: storedKey(key), keep: Math.max(2, versions) }
          : { key: storedKey(key), packed: prepared.packed, keep: versions },
      ),
    );
    commit.catch(ignore); // whoever waits hears of it below, unless reading the versions fails first
    const sent = list.map(([key, prepared]): Sent => ({ key, value: prepared?.value, version: this.version(key), at }));
    const { losses } = this;
    const settled = (): void => {
      this.#flying -= 1;
      this.#inFlight_bytes -= size_bytes;
      for (const each of sent) if (this.#unlanded.get(each.key)?.sent === each) this.#unlanded.delete(each.key);
    };
    const landed = commit.then(
      () => {
        settled();
        for (const each of sent) this.#host.landed(each);
      },
      (error: unknown) => {
        settled();
        if (losses === this.losses) this.#lose(error);
        throw error;
      },
    );
    const batch = { sent, landed };
    this.#flying += 1;
    this.#inFlight_bytes += size_bytes;
    this.changes += 1;
    for (const each of sent) this.#unlanded.set(each.key, { sent: each, batch });
    return batch;
  }

  /** A commit failed: what was sent after it fails too, and nobody may decide on it any more. */
  #lose(error: unknown): void {
    this.#unlanded.clear();
    this.losses += 1;
    this.changes += 1;
    this.#host.lost(error);
  }
}

function ignore(): void {}
