// Who wants to hear of what: actors and outside listeners by topic. Publishing is a message to each subscriber, so a
// slow one harms nobody but its own mailbox.

import type { EventObject } from 'xstate';
import { QueueFullError } from '../base/errors.ts';
import { limits } from '../base/limits.ts';
import type { Cell } from './cell.ts';

/** Hears every event of a topic. */
export type TopicListener = (event: EventObject) => void;

/** The topics of a kernel. */
export class Topics {
  readonly #cells = new Map<string, Set<Cell>>();
  readonly #listeners = new Map<string, Set<TopicListener>>();

  /** @throws QUEUE_FULL when there are as many topics or subscribers as there may be. */
  subscribe(topic: string, cell: Cell): void {
    this.#entry(this.#cells, topic).add(cell);
    (cell.need().topics ??= new Set()).add(topic);
  }

  unsubscribe(topic: string, cell: Cell): void {
    this.#drop(this.#cells, topic, cell);
    cell.extras?.topics?.delete(topic);
  }

  /** @returns how to stop listening. */
  listen(topic: string, listener: TopicListener): () => void {
    this.#entry(this.#listeners, topic).add(listener);
    return () => {
      this.#drop(this.#listeners, topic, listener);
    };
  }

  subscribers(topic: string): Iterable<Cell> {
    return this.#cells.get(topic) ?? [];
  }

  listeners(topic: string): Iterable<TopicListener> {
    return this.#listeners.get(topic) ?? [];
  }

  #entry<T>(table: Map<string, Set<T>>, topic: string): Set<T> {
    let entry = table.get(topic);
    if (entry === undefined) {
      if (table.size >= limits.topic.topics_count) throw new QueueFullError('the topics', limits.topic.topics_count, 0);
      entry = new Set();
      table.set(topic, entry);
    }
    if (entry.size >= limits.topic.subscribers_count) {
      throw new QueueFullError(`topic '${topic}'`, limits.topic.subscribers_count, 0);
    }
    return entry;
  }

  #drop<T>(table: Map<string, Set<T>>, topic: string, member: T): void {
    const entry = table.get(topic);
    if (entry === undefined) return;
    entry.delete(member);
    if (entry.size === 0) table.delete(topic);
  }
}
