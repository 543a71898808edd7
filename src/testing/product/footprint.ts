// What one step of a product reads and changes, by name. Two steps that share nothing come to the same world in either
// order, so only one order has to be walked. What is not sure to commute has to be marked: a mark too many costs time, a
// mark too few loses states.

/** `adds` commutes with `adds`, as putting two things into one set does, and with nothing else. */
export type Access = 'reads' | 'writes' | 'adds';

/** The parts of a world that one step has to do with. */
export class Footprint {
  readonly #marks = new Map<string, Access>();
  #everything = false;

  mark(part: string, access: Access): void {
    const before = this.#marks.get(part);
    this.#marks.set(part, before === undefined || before === access ? access : 'writes');
  }

  /** The step asks about the whole world, so that it commutes with nothing. */
  readEverything(): void {
    this.#everything = true;
  }

  /** Whether two steps that can both be taken come to the same world in either order. */
  commutesWith(other: Footprint): boolean {
    if (this.#everything || other.#everything) return false;
    for (const [part, access] of this.#marks) {
      const theirs = other.#marks.get(part);
      if (theirs !== undefined && (theirs !== access || access === 'writes')) return false;
    }
    return true;
  }
}
