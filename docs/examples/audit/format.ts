// How the report writes numbers, dates and paths: the same on every machine, whatever its locale and time zone.

// Made once: making one costs more than a thousand uses.
const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

/** `12,345`. */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** `12.3k` where room is short; exact below 1,000. */
export function formatShort(value: number): string {
  if (value < 1_000) return String(Math.round(value));
  const [divisor, unit] = value < 999_500 ? [1_000, 'k'] : [1_000_000, 'M'];
  const scaled = value / divisor;
  return `${scaled < 9.95 ? scaled.toFixed(1).replace(/\.0$/, '') : Math.round(scaled)}${unit}`;
}

/** `1 file`, `2 files`, `0 files`. */
export function formatPlural(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

/** A share of a whole as `12 %`, `0.4 %` or `< 0.1 %`; `0 %` of nothing. */
export function formatShare(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (part / whole) * 100;
  if (share === 0) return '0 %';
  if (share < 0.1) return '< 0.1 %';
  return share < 9.95 ? `${share.toFixed(1).replace(/\.0$/, '')} %` : `${Math.round(share)} %`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `20 Nov 2026` of an ISO date, in UTC; the text itself where it is no date. */
export function formatDay(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.getUTCDate()} ${months[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
}

/** `20 Nov 2026, 19:41 UTC` of an ISO date; the text itself where it is no date. */
export function formatMoment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${formatDay(iso)}, ${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC`;
}

/** A path as folder (with its last slash) and name. */
export function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, slash + 1), name: path.slice(slash + 1) };
}

/** Decision points in 100 lines of code. */
export function densityOf({
  complexity,
  codeLines,
}: {
  readonly complexity: number;
  readonly codeLines: number;
}): number {
  return codeLines === 0 ? 0 : (complexity / codeLines) * 100;
}
