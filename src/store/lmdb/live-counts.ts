// How many entries of each journal record can still be read. A record with none is deleted; one of which most are
// dead is written again with the living ones alone. Four bytes a record, in pages that go when they are empty, so
// that a store with millions of versions can afford it.

const page_count = 1_024;
const sparse_ratio = 4;
/** Records of which the store has not yet seen how many entries they had: few enough living ones to look. */
const worthALook_count = 64;
/**
 * So many records later, one that was sparse is written again if it still lives: where actors keep step with each other, what
 * they did together dies together, and nearly all that is sparse is dead by then.
 */
const ripening_count = 16;

interface Page {
  readonly live: Int16Array;
  /** Entries the record was written with; 0 when that is not known. */
  readonly total: Uint16Array;
  used: number;
}

/** Living entries by the number of their journal record. */
export class LiveCounts {
  readonly #pages = new Map<number, Page>();
  /** Records without a living entry, which nobody has deleted yet. */
  readonly dead = new Set<number>();
  /** Records that may be worth writing again, in the order in which they became so, with the newest record of that time. */
  readonly #sparse = new Map<number, number>();
  #newest = 0;
  /** Living entries in all. */
  sum = 0;
  /** Below this number nothing is deleted: not all that lives there could be counted. */
  trustedFrom = 0;
  /** Until everything is counted, a count of 0 means nothing: what is to be judged then waits here. */
  readonly #unjudged = new Set<number>();
  #isComplete = false;

  /** A record has been written with so many entries, all living. */
  born(number: number, count: number): void {
    const page = this.#page(number);
    const index = number % page_count;
    page.total[index] = count;
    this.#newest = Math.max(this.#newest, number);
    this.#add(number, page, count);
  }

  /** One more entry of a record is found to be alive. */
  found(number: number): void {
    this.#add(number, this.#page(number), 1);
  }

  /** One entry of a record is alive no more. */
  died(number: number): void {
    const page = this.#page(number);
    this.#add(number, page, -1);
    this.judge(number);
  }

  live(number: number): number {
    return this.#pages.get(Math.floor(number / page_count))?.live[number % page_count] ?? 0;
  }

  /** Takes note of a record that is dead or sparse. */
  judge(number: number): void {
    if (!this.#isComplete) this.#unjudged.add(number);
    if (!this.#isComplete || number < this.trustedFrom) return;
    const live = this.live(number);
    if (live <= 0) {
      this.dead.add(number);
      this.#sparse.delete(number);
      return;
    }
    const total = this.#pages.get(Math.floor(number / page_count))?.total[number % page_count] ?? 0;
    const isSparse = total === 0 ? live <= worthALook_count : live * sparse_ratio < total;
    if (isSparse && !this.#sparse.has(number)) this.#sparse.set(number, this.#newest);
  }

  /** Up to so many of the records that have been sparse for a while, the oldest first. */
  ripe(most_count: number): readonly number[] {
    const ripe: number[] = [];
    for (const [number, since] of this.#sparse) {
      if (ripe.length === most_count || this.#newest - since < ripening_count) break;
      ripe.push(number);
    }
    return ripe;
  }

  /** A sparse record has been looked at. */
  looked(number: number): void {
    this.#sparse.delete(number);
  }

  /** How many entries a record has. */
  setTotal(number: number, count: number): void {
    if (this.live(number) > 0) this.#page(number).total[number % page_count] = count;
  }

  /** Whether so few of so many entries live that the record is to be written again. */
  isSparse(number: number, total: number): boolean {
    const live = this.live(number);
    return live > 0 && live * sparse_ratio < total;
  }

  /** Everything is counted. */
  complete(): void {
    this.#isComplete = true;
    for (const number of this.#unjudged) this.judge(number);
    this.#unjudged.clear();
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  clear(): void {
    this.#pages.clear();
    this.#unjudged.clear();
    this.dead.clear();
    this.#sparse.clear();
    this.#newest = 0;
    this.sum = 0;
    this.trustedFrom = 0;
    this.#isComplete = false;
  }

  #page(number: number): Page {
    const name = Math.floor(number / page_count);
    let page = this.#pages.get(name);
    if (page === undefined) {
      page = { live: new Int16Array(page_count), total: new Uint16Array(page_count), used: 0 };
      this.#pages.set(name, page);
    }
    return page;
  }

  #add(number: number, page: Page, count: number): void {
    const index = number % page_count;
    const before = page.live[index] as number;
    const after = before + count;
    page.live[index] = after;
    this.sum += count;
    if (before === 0 && after !== 0) page.used += 1;
    if (before === 0 || after !== 0) return;
    page.total[index] = 0;
    page.used -= 1;
    if (page.used === 0) this.#pages.delete(Math.floor(number / page_count));
  }
}
