// LMDB's file as bytes: pages, trees and nodes of its data format 2, read with nothing but arithmetic, so that a
// damaged file can do no harm. Field by field after `mdb.c` of the lmdb package (little endian, 64 bits).

/** What a page is. */
export const pageFlags = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;

/** What a node of a leaf holds: a value, the number of a page where a large one begins, or another tree. */
export const nodeFlags = { value: 0, large: 1, tree: 2 } as const;

export const header_bytes = 24;
export const node_bytes = 8;
export const tree_bytes = 48;

/** A tree of pages. */
export interface Tree {
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly largePages: number;
  readonly entries: number;
  /** Its first page; -1 when it is empty. */
  readonly root: number;
}

/** One of the two pages that everything is reached from; the one with the later transaction counts. */
export interface Meta {
  readonly page_bytes: number;
  readonly lastPage: number;
  readonly transaction: number;
  readonly free: Tree;
  readonly main: Tree;
}

/** A number of 64 bits; one that is no page number, size or count of ours becomes -1. */
export function numberAt(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? -1 : Number(value);
}

/** The tree whose description begins at a place. */
export function treeAt(bytes: Buffer, at: number): Tree {
  return {
    depth: bytes.readUInt16LE(at + 6),
    branchPages: numberAt(bytes, at + 8),
    leafPages: numberAt(bytes, at + 16),
    largePages: numberAt(bytes, at + 24),
    entries: numberAt(bytes, at + 32),
    root: numberAt(bytes, at + 40),
  };
}

const magic = 0xbeefc0de;
const version = 2;

/** The meta page that begins at a place; undefined where there is none of this format. */
export function metaAt(bytes: Buffer, at: number): Meta | undefined {
  if (bytes.length < at + 168) return undefined;
  if ((bytes.readUInt16LE(at + 18) & pageFlags.meta) === 0) return undefined;
  if (bytes.readUInt32LE(at + 24) !== magic || (bytes.readUInt32LE(at + 28) & 0xffff) !== version) return undefined;
  const page_bytes = bytes.readUInt32LE(at + 48);
  if (page_bytes < 512 || page_bytes > 65_536 || (page_bytes & (page_bytes - 1)) !== 0) return undefined;
  return {
    page_bytes,
    free: treeAt(bytes, at + 48),
    main: treeAt(bytes, at + 96),
    lastPage: numberAt(bytes, at + 144),
    transaction: numberAt(bytes, at + 152),
  };
}

/** A node of a page. */
export interface Node {
  readonly key: Buffer;
  readonly flags: number;
  /** Size of the value, also of one that lies on pages of its own. */
  readonly size: number;
  /** In a leaf, where in the page the value, or what stands for it, begins. */
  readonly at: number;
  /** In a branch, the page below. */
  readonly page: number;
}

/** A page of a tree with its nodes, or what is wrong with it. */
export function nodesOf(page: Buffer, isLeaf: boolean): readonly Node[] | string {
  const room = page.length - header_bytes;
  const lower = page.readUInt16LE(20);
  const upper = page.readUInt16LE(22);
  if (lower % 2 !== 0 || lower > upper || upper > room) return 'has impossible bounds';
  const nodes: Node[] = [];
  let used_bytes = 0;
  for (let index = 0; index < lower; index += 2) {
    const offset = page.readUInt16LE(header_bytes + index);
    if (offset < upper || offset + node_bytes > room) return 'has a node out of its bounds';
    const node = nodeAt(page, header_bytes + offset);
    const inside = isLeaf ? (node.flags === nodeFlags.large ? header_bytes : node.size) : 0;
    const taken = node_bytes + node.key.length + inside;
    if (offset + taken > room || (isLeaf && node.flags > nodeFlags.tree)) return 'has a node out of its bounds';
    used_bytes += taken + (taken % 2);
    nodes.push(node);
  }
  return used_bytes === room - upper ? nodes : 'has nodes that do not fill its space';
}

function nodeAt(page: Buffer, at: number): Node {
  const low = page.readUInt32LE(at);
  const flags = page.readUInt16LE(at + 4);
  const keyAt = at + node_bytes;
  const valueAt = keyAt + page.readUInt16LE(at + 6);
  return { key: page.subarray(keyAt, valueAt), flags, size: low, at: valueAt, page: flags * 2 ** 32 + low };
}
