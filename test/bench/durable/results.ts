// What the children measured: by peer and row a list of repetitions; a figure is the median of them.
import { median } from '../messaging/measure.ts';
import { quietest } from '../pace.ts';
import type { ListedPeer } from './child.ts';

/** What one repetition of a row measured, by name. */
export type Figures = Readonly<Record<string, number>>;

/** The figures of one run. */
export class DurableResults {
  readonly peers: readonly ListedPeer[];
  readonly failures: string[] = [];
  readonly #figures = new Map<string, Figures[]>();

  constructor(peers: readonly ListedPeer[]) {
    this.peers = peers;
  }

  add(peer: string, row: string, figures: Figures): void {
    const key = `${peer} ${row}`;
    this.#figures.set(key, [...(this.#figures.get(key) ?? []), figures]);
  }

  /** Windows that count although a neighbour was on the core, by row. */
  disturbed(): ReadonlyMap<string, number> {
    const sums = [...this.#figures].map(([row, repetitions]) => {
      return [row, quietest(repetitions).reduce((sum, { disturbed = 0 }) => sum + disturbed, 0)] as const;
    });
    return new Map(sums.filter(([, sum]) => sum > 0));
  }

  /** The median of one figure over the repetitions; undefined when the row was not run. */
  figure(peer: string, row: string, name: string): number | undefined {
    const repetitions = quietest(this.#figures.get(`${peer} ${row}`) ?? []);
    const values = repetitions.flatMap((figures) => figures[name] ?? []);
    return values.length === 0 ? undefined : median(values);
  }
}
