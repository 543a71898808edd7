// The packed form of a value, tag by tag. What is stored today must be readable for ever: tags are added, and never
// get another meaning. The commonest things (small whole numbers, short text, small records and lists) carry their
// size in the tag itself.

export const tag = {
  /** 0x00 to 0x7f: the number itself. */
  smallNumber: 0x00,
  /** 0x80 to 0xbf: ASCII text of 0 to 63 letters. */
  shortText: 0x80,
  /** 0xc0 to 0xcf: a record of 0 to 15 properties, each its name as text and then its value. */
  smallRecord: 0xc0,
  /** 0xd0 to 0xdf: a list of 0 to 15 members. */
  smallList: 0xd0,
  null: 0xe0,
  undefined: 0xe1,
  false: 0xe2,
  true: 0xe3,
  /** Four bytes. */
  int32: 0xe4,
  /** Eight bytes; also NaN, the infinities and -0. */
  float64: 0xe5,
  /** Length in four bytes, then UTF-8. */
  utf8: 0xe6,
  /** Length in four bytes, then UTF-16: text with halves of surrogate pairs, which UTF-8 has no place for. */
  utf16: 0xe7,
  /** Count in four bytes. */
  record: 0xe8,
  list: 0xe9,
  /** Hexadecimal text, with a sign. */
  bigint: 0xea,
  /** Milliseconds in eight bytes. */
  date: 0xeb,
  map: 0xec,
  set: 0xed,
  /** Two texts: source and flags. */
  pattern: 0xee,
  url: 0xef,
  /** One byte says which view, then the length in four bytes. */
  bytes: 0xf0,
  /** A list, and then a record of the properties that are no places in it. */
  namedList: 0xf1,
} as const;

export const smallNumber_max = 0x7f;
export const shortText_chars = 63;
export const small_count = 15;

/** Kinds of memory, by the number that is stored. */
export const viewNames = [
  'ArrayBuffer',
  'Buffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float32Array',
  'Float64Array',
  'Float16Array',
] as const;
