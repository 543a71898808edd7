// A result as JSON. Results are plain data, but more than JSON knows: what it has no form for gets the nearest one,
// and what a terminal would obey is escaped, which JSON allows in texts and nowhere else needs.

const unsafe = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** A result as JSON text with a line break at its end: indented, or on one line. */
export function resultJson(value: unknown, { compact }: { readonly compact: boolean }): string {
  const text = JSON.stringify(value, plain, compact ? undefined : 2) ?? 'null';
  return `${text.replace(unsafe, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}

/** Maps as objects where their keys are texts, else as pairs; bytes as base64. */
function plain(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const original = this[key]; // a Buffer has been turned into a list of numbers by now
  if (original instanceof Uint8Array)
    return Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString('base64');
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Map) {
    return [...value.keys()].every((each) => typeof each === 'string') ? Object.fromEntries(value) : [...value];
  }
  if (value instanceof Set) return [...value];
  if (value instanceof RegExp) return String(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString('base64');
  if (value instanceof DataView) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
  }
  return ArrayBuffer.isView(value) ? [...(value as unknown as Iterable<unknown>)] : value;
}
