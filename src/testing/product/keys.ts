// Tells worlds apart. Each part of a world is written out once and gets a number; the key of a world is the sorted list
// of the numbers of its parts. Parts are shared between worlds, so that a step costs what it has changed.

import { plainText } from '../environment.ts';
import type { ModelState } from '../watched.ts';
import type { MachineRole } from './roles.ts';
import type { Message, OpenTask, ProductActor, World } from './world.ts';

/** Gives worlds their keys. */
export class Keys {
  readonly #numbers = new Map<string, number>();
  readonly #known = new WeakMap<object, number>();

  /** The same for worlds that behave alike. */
  of(world: World): string {
    const { actors, mail, tasks, subscribers, watchers, counts, outcomes, deadLetters } = world;
    const parts: number[] = [];
    for (const actor of actors.values()) parts.push(this.#actor(actor));
    for (const messages of mail.values()) parts.push(this.#list('mail', messages));
    for (const task of tasks.values()) parts.push(this.#part(task, taskText));
    for (const [topic, who] of subscribers) parts.push(this.#number(`topic ${topic} ${who.join(' ')}`));
    for (const [watched, who] of watchers) parts.push(this.#number(`watched ${watched} ${who.join(' ')}`));
    for (const [what, count] of counts) parts.push(this.#number(`count ${what} ${count}`));
    for (const outcome of outcomes.values()) parts.push(this.#part(outcome, plainText));
    for (const letter of deadLetters.keys()) parts.push(this.#number(`dead ${letter}`));
    for (const key of calledOffIn(world)) parts.push(this.#number(`called off ${key}`));
    return parts.toSorted((a, b) => a - b).join();
  }

  #actor(actor: ProductActor): number {
    return this.#part(actor, ({ address, status, role, model, memory, schedules, stash, returned }) => {
      // A machine that has ended, or will begin afresh, has no past.
      const isPast =
        status === 'stopped' || (status === 'down' && role.type === 'machine' && role.recover === 'initial');
      const parts = [
        model === undefined || isPast || role.type !== 'machine'
          ? 0
          : this.#part(model, (each) => modelText(role, each)),
        schedules.length === 0 ? '' : plainText(schedules),
        stash.length === 0 ? '' : this.#list('stash', stash),
        returned.length === 0 ? '' : this.#list('returned', returned),
        memory === undefined ? '' : plainText(memory),
      ];
      return `actor ${address} ${status} ${parts.join(' ')}`;
    });
  }

  #list(what: string, messages: readonly Message[]): number {
    return this.#part(messages, () => `${what} ${messages.map((message) => this.#part(message, plainText)).join(' ')}`);
  }

  #part<Part extends object>(part: Part, text: (part: Part) => string): number {
    let number = this.#known.get(part);
    if (number === undefined) {
      number = this.#number(text(part));
      this.#known.set(part, number);
    }
    return number;
  }

  #number(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

/** What a machine will do next depends on this. */
function modelText({ abstract }: MachineRole, { snapshot, waits }: ModelState): string {
  const { value, status, historyValue, context } = snapshot;
  const told: unknown = abstract === undefined ? context : abstract(snapshot);
  const history = Object.entries(historyValue).map(([id, nodes]) => [id, nodes.map((node) => node.id)]);
  // The order of what is waited for is the order in which it began, and with it that of the timers.
  return plainText(['model', value, status, history, [...waits.keys()], told]);
}

function taskText({ chain, ...task }: OpenTask): string {
  return plainText(['task', task, chain]);
}

/** That a task was called off only matters as long as a message is on its way on its behalf. */
function calledOffIn({ calledOff, mail, actors }: World): readonly string[] {
  if (calledOff.size === 0) return [];
  const alive = new Set<string | undefined>();
  for (const messages of mail.values()) for (const { within } of messages) alive.add(within);
  for (const { schedules, stash, returned } of actors.values())
    for (const { within } of [...schedules, ...stash, ...returned]) alive.add(within);
  return [...calledOff.keys()].filter((key) => alive.has(key));
}
