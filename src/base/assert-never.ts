// Makes a switch over a union exhaustive: a case that is forgotten does not compile, and one that comes from
// outside the types is an error instead of silence.

/** Marks a branch that cannot be reached. */
export function assertNever(value: never): never {
  throw new TypeError(`unreachable: ${JSON.stringify(value)}`);
}
