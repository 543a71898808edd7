// How a witness sees messages: each cell gets a mailbox that tells what goes in and out of it, and tells itself when
// it hands a message to its actor. The mailbox is the kernel's own with a voice; nothing in it works differently.

import type { Overflow } from '../../base/supervision-options.ts';
import type { Cell } from '../../kernel/cell.ts';
import { type Envelope, ownLane } from '../../kernel/envelope.ts';
import { Mailbox, type PutOutcome } from '../../kernel/mailbox.ts';
import type { KernelParts } from '../../kernel/parts.ts';
import { around, type Tell } from './witness-events.ts';
import type { Owner } from './witness-timers.ts';

class WatchedMailbox extends Mailbox {
  readonly #cell: Cell;
  readonly #tell: Tell;
  /** While it works on itself. */
  #isQuiet = false;

  constructor(cell: Cell, tell: Tell) {
    super();
    this.#cell = cell;
    this.#tell = tell;
  }

  /** Nothing goes in by the short way, so that `put` sees everything. */
  override putNormal(): boolean {
    return false;
  }

  override put(envelope: Envelope, capacity: number, systemCapacity: number, overflow: Overflow): PutOutcome {
    const { size, systemSize } = this;
    const turnedAway = super.put(envelope, capacity, systemCapacity, overflow);
    this.#tell('put', this.#cell, envelope, turnedAway, { size, systemSize, capacity, systemCapacity, overflow });
    return turnedAway;
  }

  override take(): Envelope | undefined {
    const envelope = super.take();
    if (envelope !== undefined && !this.#isQuiet) this.#tell('taken', this.#cell, envelope);
    return envelope;
  }

  override putBack(envelope: Envelope): void {
    super.putBack(envelope);
    if (!this.#isQuiet) this.#tell('back', this.#cell, envelope);
  }

  override dropOwn(): void {
    for (const envelope of this) {
      if (envelope.priority !== ownLane) break;
      this.#tell('forgotten', this.#cell, envelope);
    }
    super.dropOwn();
  }

  override withdraw(isGone: (envelope: Envelope) => boolean): void {
    const gone: Envelope[] = [];
    this.#isQuiet = true;
    super.withdraw((envelope) => {
      if (!isGone(envelope)) return false;
      gone.push(envelope);
      return true;
    });
    this.#isQuiet = false;
    for (const envelope of gone) this.#tell('withdrawn', this.#cell, envelope);
  }
}

/** Watches every message. */
export function watchMail(parts: KernelParts, tell: Tell, owner: Owner): void {
  const { registry, post, turns, deadLetters } = parts;
  around(registry, 'add', (add) => (cell) => {
    add(cell);
    cell.mail ??= new WatchedMailbox(cell, tell);
    watchHandling(cell, tell, owner);
    tell('added', cell);
  });
  around(post, 'send', (send) => (to, event, from, priority, delegation, ask) => {
    const isAccepted = send(to, event, from, priority, delegation, ask);
    tell('sent', to, event, from, isAccepted);
    return isAccepted;
  });
  around(post, 'afterCrash', (afterCrash) => (cell, envelope, error) => {
    tell('givenBack', cell, envelope);
    afterCrash(cell, envelope, error);
  });
  around(post, 'claim', (claim) => (letter) => {
    tell('claimed', letter);
    claim(letter);
  });
  around(turns, 'crashed', (crashed) => (cell, envelope, error) => {
    owner.is(undefined);
    tell('crashed', cell, envelope, error);
    crashed(cell, envelope, error);
  });
  around(deadLetters, 'add', (add) => (letter) => {
    tell('dead', letter);
    add(letter);
  });
}

/** Set as it is, and not put around: there are many cells. */
function watchHandling(cell: Cell, tell: Tell, owner: Owner): void {
  const handle = cell.handle.bind(cell);
  cell.handle = (envelope): void => {
    tell('handling', cell, envelope);
    const before = owner.is(cell);
    try {
      handle(envelope);
    } finally {
      owner.is(before);
      tell('over', cell, envelope);
    }
  };
}
