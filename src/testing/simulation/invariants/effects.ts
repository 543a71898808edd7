// Effects: what an actor that is not durable wants is carried out when its transition is over, all of it, once, in its
// order; what a durable one wants leaves the durable world when its commit has landed, once, in its order, or never.

import type { EventObject } from 'xstate';
import type { Cell } from '../../../kernel/cell.ts';
import { typeOf } from '../../../kernel/door.ts';
import type { Envelope } from '../../../kernel/envelope.ts';
import type { Invariant, Life } from '../invariant.ts';
import type { WatchedCommit } from '../witness.ts';
import { named, who } from './words.ts';

type Fail = (problem: string) => void;

/** Each effect is carried out once at most, and each of an actor that is not durable once. */
export const effectsOnce: Invariant = {
  name: 'an effect is carried out once, after its transition has committed',
  watch: (_run, fail) => ({
    born: (life) => {
      followAtOnce(life, fail);
      if (life.kernel.committer !== undefined) followHeld(life, fail);
    },
  }),
};

interface Release {
  readonly cell: Cell;
  readonly envelope: Envelope | undefined;
  readonly effects: readonly EventObject[];
  done_count: number;
}

/** Actors whose effects wait for nothing. */
function followAtOnce({ witness, kernel }: Life, fail: Fail): void {
  const wanted = new Map<Cell, EventObject[]>();
  const releases: Release[] = [];
  const isHeld = (cell: Cell): boolean => cell.spec.durable && kernel.committer !== undefined;
  witness.on('handling', (cell) => {
    if (!isHeld(cell)) wanted.delete(cell);
  });
  witness.on('wanted', (cell, effect) => {
    if (isHeld(cell)) return;
    const effects = wanted.get(cell);
    if (effects === undefined) wanted.set(cell, [effect]);
    else effects.push(effect);
  });
  witness.on('releasing', (cell, envelope, begun) => {
    const effects = isHeld(cell) ? [] : (begun ?? wanted.get(cell) ?? []);
    wanted.delete(cell);
    releases.push({ cell, envelope, effects, done_count: 0 });
  });
  witness.on('effect', (cell, effect, envelope) => {
    const release = releases.at(-1);
    if (release?.cell !== cell || release.envelope !== envelope || isHeld(cell)) return;
    const next = release.effects[release.done_count];
    if (next !== effect && (envelope !== undefined || release.effects.includes(effect)))
      fail(
        `'${typeOf(effect)}' of ${who(cell)} is carried out ${next === undefined ? 'once too often' : `before '${typeOf(next)}'`}${after(envelope)}`,
      );
    if (next === effect) release.done_count += 1;
  });
  witness.on('released', (cell) => {
    const release = releases.pop();
    if (release === undefined || release.done_count >= release.effects.length) return;
    fail(
      `${release.done_count} of ${release.effects.length} effects of ${who(cell)} are carried out${after(release.envelope)}`,
    );
  });
}

interface HeldEffect {
  readonly cell: Cell;
  readonly envelope: Envelope | undefined;
  readonly turn: HeldTurn;
  isDone: boolean;
}

interface HeldTurn {
  state: 'not committed' | 'on its way to the disk' | 'landed' | 'undone';
  readonly effects: EventObject[];
}

/** Durable actors: what leaves their world waits for the commit. */
function followHeld({ witness, kernel }: Life, fail: Fail): void {
  const held = new Map<EventObject, HeldEffect[]>();
  const turns = new Map<WatchedCommit, HeldTurn>();
  let open: HeldTurn = { state: 'not committed', effects: [] };
  const forget = ({ effects }: HeldTurn, isLeft: (each: HeldEffect) => boolean): void => {
    for (const effect of effects) {
      const left = (held.get(effect) ?? []).filter(isLeft);
      if (left.length > 0) held.set(effect, left);
      else held.delete(effect);
    }
  };
  let landed: HeldTurn | undefined;
  witness.on('held', (cell, effect, envelope) => {
    const each = held.get(effect) ?? [];
    held.set(effect, each);
    each.push({ cell, envelope, turn: open, isDone: false });
    open.effects.push(effect);
  });
  witness.on('commit', (commit) => {
    if (!commit.isTurn) return;
    open.state = 'on its way to the disk';
    turns.set(commit, open);
    open = { state: 'not committed', effects: [] };
  });
  witness.on('landed', (commit) => {
    // What the turn before has led to was carried out when it landed.
    if (landed !== undefined) forget(landed, ({ turn }) => turn !== landed);
    landed = turns.get(commit);
    if (landed !== undefined) landed.state = 'landed';
    turns.delete(commit);
  });
  witness.on('undone', (commits) => {
    for (const turn of [...commits.flatMap((commit) => turns.get(commit) ?? []), open]) {
      turn.state = 'undone';
      forget(turn, (each) => each.turn !== turn);
    }
    for (const commit of commits) turns.delete(commit);
    open = { state: 'not committed', effects: [] };
  });
  witness.on('effect', (cell, effect, envelope) => {
    if (!cell.spec.durable || cell.parent === undefined || kernel.committer?.isAhead === true) return;
    const each = (held.get(effect) ?? []).filter((one) => one.cell === cell && one.envelope === envelope);
    const due = each.find(({ turn, isDone }) => turn.state === 'landed' && !isDone);
    if (due !== undefined) {
      due.isDone = true;
      return;
    }
    const early = each.find(({ isDone }) => !isDone);
    const why =
      early === undefined
        ? 'once too often, or without having waited for its commit'
        : `while its commit is ${early.turn.state}`;
    fail(`'${typeOf(effect)}' of the durable ${who(cell)} is carried out ${why}${after(envelope)}`);
  });
}

function after(envelope: Envelope | undefined): string {
  return envelope === undefined ? '' : `, after ${named(envelope)}`;
}
