// What a whole run measured: one cell for each peer and scenario, with the median over the repetitions.
import { quietest } from '../pace.ts';
import type { ListedPeer } from './child.ts';
import { median, type Measured } from './measure.ts';

/** The repetitions of one peer in one scenario. */
export class Results {
  readonly #cells = new Map<string, Measured[]>();
  readonly failures: string[] = [];
  readonly peers: readonly ListedPeer[];

  constructor(peers: readonly ListedPeer[]) {
    this.peers = peers;
  }

  add(peer: string, id: string, measured: Measured): void {
    const key = `${peer}\n${id}`;
    const cell = this.#cells.get(key);
    if (cell === undefined) this.#cells.set(key, [measured]);
    else cell.push(measured);
  }

  #of<T extends Measured['type']>(peer: string, id: string, type: T): Extract<Measured, { type: T }>[] {
    const cells = this.#cells.get(`${peer}\n${id}`) ?? [];
    return cells.filter((cell): cell is Extract<Measured, { type: T }> => cell.type === type);
  }

  /**
   * Passes that a neighbour on the core disturbed: how many were run again, and how many count all the same in the rows of
   * which no repetition was without.
   */
  disturbance(): { readonly repeated: number; readonly counted: ReadonlyMap<string, number> } {
    let repeated = 0;
    const counted = new Map<string, number>();
    for (const [key, cells] of this.#cells) {
      const timed = cells.filter((cell) => cell.type === 'time' || cell.type === 'flat');
      const disturbed = quietest(timed).reduce((sum, cell) => sum + cell.disturbed, 0);
      if (disturbed > 0) counted.set(key.replace('\n', ', '), disturbed);
      for (const cell of timed) repeated += cell.repeated;
    }
    return { repeated, counted };
  }

  /** Median nanoseconds a unit, or undefined where the peer did not run. */
  ns(peer: string, id: string): number | undefined {
    const cells = quietest(this.#of(peer, id, 'time'));
    return cells.length === 0 ? undefined : median(cells.map((cell) => cell.ns));
  }

  /** Median bytes of an idle actor. */
  bytes(peer: string): number | undefined {
    const cells = this.#of(peer, 'heap', 'heap');
    return cells.length === 0 ? undefined : median(cells.map((cell) => cell.bytes));
  }

  /** Medians of both sides, and the median of the ratios that each process saw. */
  flat(
    peer: string,
    id: string,
  ): { readonly few_ns: number; readonly many_ns: number; readonly ratio: number } | undefined {
    const cells = quietest(this.#of(peer, id, 'flat'));
    if (cells.length === 0) return undefined;
    return {
      few_ns: median(cells.map((cell) => cell.few_ns)),
      many_ns: median(cells.map((cell) => cell.many_ns)),
      ratio: median(cells.map((cell) => cell.many_ns / cell.few_ns)),
    };
  }

  /** The repetition with the worst p99. */
  fairness(peer: string): Extract<Measured, { type: 'fairness' }> | undefined {
    return this.#of(peer, 'fairness', 'fairness').toSorted((a, b) => b.p99_ms - a.p99_ms)[0];
  }
}
