// What a data file looks like from outside: its size, the time of its last change, and the checksum of its first
// pages, where LMDB keeps what leads to all others. A file that was closed in order and still looks so need not be
// probed before it is opened; one that was cut, restored or written to since is told apart.

import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

/** How a data file looks. */
export interface Fingerprint {
  readonly bytes: number;
  /** Time of the last change, in nanoseconds. */
  readonly modified: string;
  /** Checksum of the first pages. */
  readonly head: number;
}

const head_bytes = 65_536;

/** How a file looks now. */
export async function fingerprintOf(path: string): Promise<Fingerprint> {
  const handle = await open(path, 'r');
  try {
    const { size, mtimeNs } = await handle.stat({ bigint: true });
    const head = Buffer.alloc(Math.min(head_bytes, Number(size)));
    await handle.read(head, 0, head.length, 0);
    return { bytes: Number(size), modified: String(mtimeNs), head: crc32(head) };
  } finally {
    await handle.close();
  }
}

/** Whether two looks are the same. */
export function looksLike(now: Fingerprint, then: Fingerprint | undefined): boolean {
  return then !== undefined && now.bytes === then.bytes && now.modified === then.modified && now.head === then.head;
}

/** Whether a value read from a marker is a fingerprint. */
export function isFingerprint(value: unknown): value is Fingerprint {
  if (typeof value !== 'object' || value === null) return false;
  const { bytes, modified, head } = value as Record<keyof Fingerprint, unknown>;
  return typeof bytes === 'number' && typeof modified === 'string' && typeof head === 'number';
}
