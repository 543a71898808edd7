// What a planted bug is: a text of one source file and what it is replaced by. None of this is in the sources: a bug is put
// into the copy of one process while it is loaded. A text that is not there exactly once fails the tests, so that no
// tooth falls out unseen when the code changes.

import type { Faults } from 'troupe/testing';

/** A planted bug. */
export interface Tooth {
  /** What is wrong, in words. */
  readonly name: string;
  /** Where it is put, from the root of the project. */
  readonly file: string;
  /** What is found there exactly once, within a line and without types: it is looked for in what is built. */
  readonly find: string;
  readonly replace: string;
  /** What has to find it; several where it can come out in several ways. */
  readonly foundBy: RegExp;
  /** Faults that bring it out; default none: time, order and the workload are enough. */
  readonly faults?: Faults;
  /** Operations and tasks of the house that bring it out; default all. */
  readonly only?: readonly string[];
}
