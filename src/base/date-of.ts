// A Date for a time that is known. Here, because elsewhere `new Date` is forbidden: without an argument it reads the
// machine's clock behind the back of the injected one.

/** The Date of so many milliseconds since 1970. */
export function dateOf(time_ms: number): Date {
  return new Date(time_ms);
}
