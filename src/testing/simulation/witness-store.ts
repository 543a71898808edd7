// How a witness sees the store: each commit with the versions it makes and the bytes it writes, what becomes of it, and
// every record that is read. Turns of the durable world land in their order, and one that fails takes all behind it
// along; that is told as the kernel is going to see it, an instant before it does.

import type { Clock } from '../../base/clock.ts';
import type { Committer } from '../../kernel/commit/commit.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import type { StoreAdmin } from '../../store/admin.ts';
import type { ScannedRecord, Store, StoreWrite } from '../../store/port.ts';
import { isPrunable } from '../../store/retention.ts';
import { around, type Tell, type WatchedCommit, type WatchedWrite } from './witness-events.ts';

/** Watches the store. @returns how to let go of it: it may outlive the kernel. */
export function watchStore({ store, committer, clock }: KernelParts, tell: Tell): () => void {
  if (store === undefined) return () => {};
  const watch = new StoreWatch(store, tell);
  if (committer !== undefined) watch.follow(committer);
  const undo = [
    around(store, 'commit', (commit) => (writes) => watch.commit(commit, writes)),
    around(store, 'get', (get) => (key) => {
      const record = get(key);
      tell('read', key, record?.version ?? 0, record?.value, true);
      return record;
    }),
    around(store, 'at', (at) => (key, version) => {
      const record = at(key, version);
      if (record !== undefined) tell('read', key, record.version, record.value, false);
      return record;
    }),
    around(store, 'scan', (scan) => (prefix) => scanned(scan(prefix), tell)),
    isPrunable(store) ? watchPrune(store, clock, tell) : () => {},
  ];
  return () => {
    for (const letGo of undo) letGo();
  };
}

function watchPrune(store: Pick<StoreAdmin, 'prune'>, clock: Pick<Clock, 'wall'>, tell: Tell): () => void {
  return around(store, 'prune', (prune) => async (order) => {
    const { olderThanMs, prefix = '' } = order;
    if (olderThanMs === undefined) return prune(order);
    const before = clock.wall() - olderThanMs;
    tell('pruning', before, prefix, false);
    try {
      return await prune(order);
    } finally {
      tell('pruning', before, prefix, true);
    }
  });
}

/** A write whose version is not known before it has been called. */
type Draft = { -readonly [Field in keyof WatchedWrite]: WatchedWrite[Field] };

const fewWrites_count = 8;

class StoreWatch {
  readonly #store: Store;
  readonly #tell: Tell;
  #count = 0;
  /** Whether the commit that is called now is the kernel's. */
  #isTurn = false;
  /** The kernel's commits that have not landed, oldest first. */
  #turns: { readonly commit: WatchedCommit; isAnswered: boolean }[] = [];

  constructor(store: Store, tell: Tell) {
    this.#store = store;
    this.#tell = tell;
  }

  /** Turns are written when the committer goes on, and at no other time. */
  follow(committer: Committer): void {
    around(committer, 'goOn', (goOn) => () => {
      const before = this.#isTurn;
      this.#isTurn = true;
      try {
        goOn();
      } finally {
        this.#isTurn = before;
      }
    });
  }

  commit(call: Store['commit'], writes: readonly StoreWrite[]): Promise<void> {
    const drafts = this.#draft(writes);
    const landing = call(writes);
    for (const draft of drafts) draft.after = this.#store.version(draft.key);
    this.#count += 1;
    const commit: WatchedCommit = {
      nth: this.#count,
      isTurn: this.#isTurn,
      writes: drafts,
      state: 'under way',
    };
    const turn = { commit, isAnswered: false };
    if (commit.isTurn) this.#turns.push(turn);
    this.#tell('commit', commit);
    const answered = (state: 'landed' | 'failed', error?: unknown): void => {
      commit.state = state;
      turn.isAnswered = true;
      if (state === 'landed') this.#tell('committed', commit);
      else this.#tell('refused', commit, error);
      if (commit.isTurn) this.#advance();
    };
    // Whoever called waits for it, too: this hears of it first.
    landing.then(
      () => {
        answered('landed');
      },
      (error: unknown) => {
        answered('failed', error);
      },
    );
    return landing;
  }

  #advance(): void {
    for (let [first] = this.#turns; first?.commit.state === 'landed'; [first] = this.#turns) {
      this.#turns.shift();
      this.#tell('landed', first.commit);
    }
    if (this.#turns.length === 0 || this.#turns.some(({ isAnswered }) => !isAnswered)) return;
    const undone = this.#turns.map(({ commit }) => commit);
    this.#turns = [];
    this.#tell('undone', undone);
  }

  /** What a commit does to each key, before it is called. */
  #draft(writes: readonly StoreWrite[]): readonly Draft[] {
    const drafts: Draft[] = [];
    // Most commits are of one write, or of few: the keys of those are not worth a table.
    const byKey = writes.length > fewWrites_count ? new Map<string, Draft>() : undefined;
    for (const { key, value, packed, keep = 1 } of writes) {
      const known = byKey === undefined ? drafts.find((draft) => draft.key === key) : byKey.get(key);
      const bytes = packed === undefined ? this.#packed(key, value) : packed.bytes;
      const isDeletion = packed === undefined && value === undefined;
      if (known === undefined) {
        const before = this.#store.version(key);
        const draft = { key, keep, bytes, isDeletion, times: 1, isMixed: false, before, after: 0 };
        drafts.push(draft);
        byKey?.set(key, draft);
        continue;
      }
      known.isMixed ||= known.isDeletion;
      known.times += 1;
      known.keep = keep;
      known.bytes = bytes;
      known.isDeletion = isDeletion;
    }
    return drafts;
  }

  #packed(key: string, value: unknown): Uint8Array | undefined {
    if (value === undefined) return undefined;
    try {
      return this.#store.pack(value, key).bytes;
    } catch {
      return undefined; // the commit is going to be refused for it
    }
  }
}

function* scanned(records: Iterable<ScannedRecord>, tell: Tell): Generator<ScannedRecord> {
  for (const record of records) {
    const { key, at, properties } = record;
    yield {
      key,
      at,
      properties,
      mayHold: (name) => record.mayHold(name),
      value: () => {
        const value = record.value();
        tell('read', key, undefined, value, true);
        return value;
      },
    };
  }
}
