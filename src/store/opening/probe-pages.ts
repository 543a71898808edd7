// Walks every page that a data file leads to and checks what LMDB takes for granted: each page is where it says it
// is, is reached once, is within the file, has its keys in order, and is not on the list of free pages at the same
// time. LMDB looks at some of this only when it writes, and at some never; there a flipped bit would end the process
// or have it write over what is in use.

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Clock, systemClock } from '../../base/clock.ts';
import {
  header_bytes,
  type Meta,
  metaAt,
  type Node,
  nodeFlags,
  nodesOf,
  numberAt,
  pageFlags,
  type Tree,
  tree_bytes,
  treeAt,
} from './probe-bytes.ts';

/** Pages between two turns for everybody else. */
const stride_pages = 256;
const metaPages = 2;
const deepest = 32;

/** What a walk has found: how much there is, or the first thing that is wrong. */
export interface PagesReport {
  readonly records: number;
  /** Size of their values. */
  readonly bytes: number;
  readonly problem: string | undefined;
}

/** Walks the pages of a data file, whatever is in it. */
export async function walkPages(file: string, clock: Pick<Clock, 'yieldThen'> = systemClock): Promise<PagesReport> {
  const handle = openSync(file, 'r');
  try {
    const walk = new PageWalk(handle, clock);
    await walk.run();
    return { records: walk.records, bytes: walk.bytes, problem: undefined };
  } catch (error) {
    if (error instanceof PageProblem) return { records: 0, bytes: 0, problem: error.message };
    throw error;
  } finally {
    closeSync(handle);
  }
}

class PageProblem extends Error {
  override readonly name = 'PageProblem';
}

/** Counts of a tree as they were found. */
interface Found {
  branchPages: number;
  leafPages: number;
  largePages: number;
  entries: number;
  /** The key, or the separator of a branch, that was met last. */
  last: Buffer | undefined;
  /** Whether `last` is a separator, which the key after it may be equal to. */
  isSeparator: boolean;
}

class PageWalk {
  readonly #file: number;
  readonly #clock: Pick<Clock, 'yieldThen'>;
  readonly #size_bytes: number;
  #meta: Meta = { page_bytes: 0, lastPage: 0, transaction: 0, free: noTree, main: noTree };
  /** One bit a page: whether something has led to it. */
  #met = new Uint8Array(0);
  #count_pages = 0;
  records = 0;
  bytes = 0;

  constructor(file: number, clock: Pick<Clock, 'yieldThen'>) {
    this.#file = file;
    this.#clock = clock;
    this.#size_bytes = fstatSync(file).size;
  }

  async run(): Promise<void> {
    this.#meta = this.#readMeta();
    const { lastPage, main, free } = this.#meta;
    this.#met = new Uint8Array(Math.ceil((lastPage + 1) / 8));
    await this.#tree(main, 'the list of tables', async (node, page, name) => {
      if (node.flags !== nodeFlags.tree || node.size !== tree_bytes) fail(`${name} holds something else`);
      const table = `table '${node.key.toString('latin1').replace(/\0$/, '')}'`;
      await this.#tree(treeAt(page, node.at), table, (record) => {
        this.records += 1;
        this.bytes += record.size;
        return undefined;
      });
    });
    await this.#tree(free, 'the list of free pages', (node, page) => {
      this.#free(
        node.flags === nodeFlags.large
          ? this.#large(numberAt(page, node.at), node.size)
          : page.subarray(node.at, node.at + node.size),
      );
      return undefined;
    });
  }

  #readMeta(): Meta {
    const first = metaAt(this.#read(0, header_bytes * 8), 0);
    if (first === undefined) fail('its first page is not one of this format');
    const second = metaAt(this.#read(first.page_bytes, header_bytes * 8), 0);
    if (second?.page_bytes !== first.page_bytes) fail('its second page is not one of this format');
    const meta = second.transaction > first.transaction ? second : first;
    if (meta.lastPage < 1 || meta.lastPage * meta.page_bytes > 2 ** 46) fail('it says that it is impossibly large');
    return meta;
  }

  #read(at: number, length: number): Buffer {
    if (at + length > this.#size_bytes) fail(`it ends before byte ${at + length}`);
    const bytes = Buffer.allocUnsafe(length);
    if (readSync(this.#file, bytes, 0, length, at) !== length) fail(`it can't be read at byte ${at}`);
    return bytes;
  }

  async #tree(tree: Tree, name: string, each: Each): Promise<void> {
    const found: Found = {
      branchPages: 0,
      leafPages: 0,
      largePages: 0,
      entries: 0,
      last: undefined,
      isSeparator: false,
    };
    if (tree.root !== -1) {
      if (tree.depth < 1 || tree.depth > deepest) fail(`${name} has an impossible depth`);
      await this.#page({ tree, name, each, found }, tree.root, 1);
    }
    for (const field of ['branchPages', 'leafPages', 'largePages', 'entries'] as const)
      if (found[field] !== tree[field]) fail(`${name} has ${found[field]} ${field} and should have ${tree[field]}`);
  }

  /** Takes a page for one use. */
  #meet(number: number, name: string): void {
    if (number < metaPages || number > this.#meta.lastPage)
      fail(`${name} leads to page ${number}, which does not exist`);
    const bit = 1 << (number % 8);
    const byte = number >>> 3;
    if (((this.#met[byte] ?? 0) & bit) !== 0) fail(`page ${number} is used twice, also by ${name}`);
    this.#met[byte] = (this.#met[byte] ?? 0) | bit;
  }

  async #page(way: Way, number: number, level: number): Promise<void> {
    const { tree, name, found } = way;
    this.#meet(number, name);
    if (++this.#count_pages % stride_pages === 0)
      await new Promise<void>((resolve) => {
        this.#clock.yieldThen(resolve);
      });
    const isLeaf = level === tree.depth;
    const page = this.#read(number * this.#meta.page_bytes, this.#meta.page_bytes);
    const at = `page ${number} of ${name}`;
    if (numberAt(page, 0) !== number) fail(`${at} says that it is another`);
    if (page.readUInt16LE(18) !== (isLeaf ? pageFlags.leaf : pageFlags.branch)) fail(`${at} is of the wrong kind`);
    const written = numberAt(page, 8);
    if (written < 0 || written > this.#meta.transaction) fail(`${at} is from a commit that never was`);
    const nodes = nodesOf(page, isLeaf);
    if (typeof nodes === 'string') fail(`${at} ${nodes}`);
    if (nodes.length < (isLeaf ? 1 : 2)) fail(`${at} is empty`);
    found[isLeaf ? 'leafPages' : 'branchPages'] += 1;
    for (const [index, node] of nodes.entries())
      if (isLeaf) {
        const going = this.#leafNode(way, page, node, at);
        if (going !== undefined) await going;
      } else {
        if (index > 0) this.#inOrder(way, node.key, at, true);
        await this.#page(way, node.page, level + 1);
      }
  }

  /** No promise for a plain record: there are many. */
  #leafNode(way: Way, page: Buffer, node: Node, at: string): Promise<void> | undefined {
    this.#inOrder(way, node.key, at, false);
    way.found.entries += 1;
    if (node.flags === nodeFlags.large) {
      const first = numberAt(page, node.at);
      const pages = this.#largePages(node.size);
      for (let number = first; number < first + pages; number++) this.#meet(number, at);
      way.found.largePages += pages;
      const head = this.#read(first * this.#meta.page_bytes, header_bytes);
      if (
        numberAt(head, 0) !== first ||
        head.readUInt16LE(18) !== pageFlags.overflow ||
        head.readUInt32LE(20) !== pages ||
        numberAt(page, node.at + 16) !== pages ||
        (first + pages) * this.#meta.page_bytes > this.#size_bytes
      )
        fail(`${at} leads to a large value that is not there`);
    }
    return way.each(node, page, at);
  }

  #largePages(size: number): number {
    return Math.floor((header_bytes - 1 + size) / this.#meta.page_bytes) + 1;
  }

  #large(first: number, size: number): Buffer {
    return this.#read(first * this.#meta.page_bytes + header_bytes, size);
  }

  #inOrder({ found, tree }: Way, key: Buffer, at: string, isSeparator: boolean): void {
    const { last } = found;
    if (last !== undefined) {
      const order = tree === this.#meta.free ? compareNumbers(last, key) : Buffer.compare(last, key);
      if (order > 0 || (order === 0 && !found.isSeparator)) fail(`${at} has its keys out of order`);
    }
    found.last = key;
    found.isSeparator = isSeparator;
  }

  /** A list of free pages: its length, then numbers; a negative one says how many pages the next number stands for. */
  #free(list: Buffer): void {
    const name = 'the list of free pages';
    if (list.length < 8 || list.length % 8 !== 0) fail(`${name} has an entry of an impossible size`);
    const length = Number(list.readBigInt64LE(0));
    if (length < 0 || (length + 1) * 8 > list.length) fail(`${name} has an entry of an impossible length`);
    let run = 1;
    for (let index = 1; index <= length; index++) {
      const value = Number(list.readBigInt64LE(index * 8));
      if (value < 0) run = Math.min(-value, this.#meta.lastPage + 1);
      else if (value > 0) {
        for (let number = value; number < value + run; number++) this.#meet(number, name);
        run = 1;
      }
    }
  }
}

/** What is done with each node of a leaf. */
type Each = (node: Node, page: Buffer, at: string) => Promise<void> | undefined;

interface Way {
  readonly tree: Tree;
  readonly name: string;
  readonly each: Each;
  readonly found: Found;
}

const noTree: Tree = { depth: 0, branchPages: 0, leafPages: 0, largePages: 0, entries: 0, root: -1 };

function compareNumbers(a: Buffer, b: Buffer): number {
  return a.length === 8 && b.length === 8 ? numberAt(a, 0) - numberAt(b, 0) : 1;
}

function fail(problem: string): never {
  throw new PageProblem(problem);
}
