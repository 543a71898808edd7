// Nothing vanishes: what was taken into a mailbox is handled, waits, or is a dead letter; and what is handled is handled
// once, unless its actor crashed on it or its commit failed. What an earlier life has read for good stays read.

import type { MailRecord } from '../../../kernel/commit/mail-record.ts';
import { isRead, type KeptMail, type KeptMarks, mailPrefix, turnOfKey } from '../../../kernel/commit/mail-record.ts';
import { Letter } from '../../../kernel/letter.ts';
import type { Store } from '../../../store/port.ts';
import { limits } from '../../../base/limits.ts';
import type { Invariant, InvariantWatch, Life } from '../invariant.ts';
import type { WatchedCommit } from '../witness.ts';
import { Ledger, type TurnOfMail } from './ledger.ts';
import { named, who } from './words.ts';

const { auditEvery_steps } = limits.testing;

/** Accepted = handled + queued + shed + dead-lettered, message by message. */
export const everyMessageAccounted: Invariant = {
  name: 'every message accepted is handled, waits, or is a dead letter',
  watch: (run, fail): InvariantWatch => {
    let ledger: Ledger | undefined;
    const look = ({ kernel }: Life): void => {
      ledger?.check();
      ledger?.audit(kernel.registry.all());
    };
    return {
      born: (life) => {
        ledger = new Ledger(fail, () => life.kernel.committer?.isClosing === true);
        follow(life, ledger, fail, run.rots);
      },
      step: (life) => {
        if (run.step % auditEvery_steps === 0) look(life);
        else ledger?.check();
      },
      settled: look,
      over: (_life, how) => {
        if (how === 'stopped') ledger?.check();
      },
    };
  },
};

function follow({ witness, kernel }: Life, ledger: Ledger, fail: (problem: string) => void, rots: boolean): void {
  const { committer, store } = kernel;
  const before = store === undefined || committer === undefined || rots ? undefined : new UnreadBefore(store);
  let spoiled: number | undefined;
  let isHandling = false;
  let deaths_count = 0;
  let deathsSeen_count = 0;
  witness.on('put', (cell, envelope, turnedAway) => {
    const problem = envelope instanceof Letter ? before?.wrong(envelope) : undefined;
    if (problem !== undefined) fail(`${named(envelope)} to ${who(cell)} ${problem}`);
    if (turnedAway !== undefined) ledger.turnedAway(cell, turnedAway, turnedAway === envelope);
    if (turnedAway !== envelope) ledger.put(cell, envelope);
  });
  witness.on('taken', (cell, envelope) => {
    ledger.taken(cell, envelope);
  });
  witness.on('handling', (cell, envelope) => {
    isHandling = true;
    ledger.handling(cell, envelope);
  });
  witness.on('handled', (cell, envelope) => {
    ledger.handled(cell, envelope);
  });
  witness.on('crashed', (_cell, envelope) => {
    ledger.crashed(envelope);
  });
  witness.on('over', () => {
    isHandling = false;
  });
  // Out of its turn, an actor has crashed on a message whose outcome could not be kept.
  witness.on('givenBack', (_cell, { id }) => {
    spoiled = isHandling ? undefined : id;
  });
  witness.on('back', (cell, envelope) => {
    ledger.back(cell, envelope, envelope.id === spoiled);
  });
  witness.on('effect', (_cell, { type }, envelope) => {
    if (type === 'troupe.stash' && envelope !== undefined) ledger.stashed(envelope);
  });
  witness.on('withdrawn', (cell, envelope) => {
    ledger.withdrawn(cell, envelope);
  });
  witness.on('forgotten', (cell, envelope) => {
    ledger.forgotten(cell, envelope);
  });
  witness.on('dead', (letter) => {
    deaths_count += 1;
    ledger.dead(letter);
  });
  witness.on('sent', (to, event, _from, isAccepted) => {
    if (!isAccepted && deaths_count === deathsSeen_count)
      fail(`a message (${event.type}) that ${who(to)} did not take is no dead letter`);
    deathsSeen_count = deaths_count;
  });
  followTurns({ witness, ledger });
}

function followTurns({ witness, ledger }: Pick<Life, 'witness'> & { readonly ledger: Ledger }): void {
  const turns = new Map<WatchedCommit, TurnOfMail>();
  witness.on('commit', (commit) => {
    if (!commit.isTurn) return;
    ledger.turn.state = 'in flight';
    turns.set(commit, ledger.turn);
    ledger.turn = { state: 'open' };
  });
  const end = (commit: WatchedCommit, state: 'landed' | 'undone'): void => {
    const turn = turns.get(commit);
    if (turn !== undefined) turn.state = state;
    turns.delete(commit);
  };
  witness.on('landed', (commit) => {
    end(commit, 'landed');
  });
  witness.on('undone', (commits) => {
    for (const commit of commits) end(commit, 'undone');
    ledger.turn.state = 'undone';
    ledger.turn = { state: 'open' };
  });
}

/** What was unread in the store when a life began: only that may come back from an earlier one, and each once. */
class UnreadBefore {
  readonly #unread = new Set<number>();
  #last = -1;
  /** Whether all of it could be read. */
  #isWhole = true;

  constructor(store: Store) {
    for (const key of store.keys(mailPrefix)) {
      if (turnOfKey(key) === undefined) continue;
      const kept = store.get(key)?.value as KeptMail | undefined;
      this.#isWhole &&= kept !== undefined;
      const marksKey = `${key}/read` satisfies MailRecord['marksKey'];
      const marks = store.get(marksKey)?.value as KeptMarks | undefined;
      for (const [place, { id }] of (kept?.letters ?? []).entries()) {
        if (isRead(marks?.read, place)) continue;
        this.#unread.add(id);
        this.#last = Math.max(this.#last, id);
      }
    }
  }

  /** Why a message may not be there; undefined when it may. */
  wrong({ id }: Letter): string | undefined {
    if (!this.#isWhole || id > this.#last || this.#unread.delete(id)) return undefined;
    return 'comes from an earlier life, in which it had been read, or comes twice';
  }
}
