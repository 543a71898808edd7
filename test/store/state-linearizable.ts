// Judges histories of one versioned register: is there an order of the operations, each at some instant between its
// call and its return, in which a plain register would have answered the same? The search is that of Wing and Gong,
// and remembers where it has been (Lowe).

/** One operation of a client. `call` and `ret` are instants that grow with everything that happens. */
export interface Operation {
  readonly call: number;
  readonly ret: number;
  readonly kind: 'read' | 'write' | 'add' | 'compare and set';
  /** What was written; for `add`, what was added. */
  readonly input: number;
  /** The version that `compare and set` expected. */
  readonly expected?: number;
  /** The value and version that came back; version 0 for absent. After a conflict, the actual version alone. */
  readonly value?: number | undefined;
  readonly version: number;
  readonly isConflict?: boolean;
}

interface Register {
  readonly value: number | undefined;
  readonly version: number;
}

/** The register after an operation, or undefined when it would not have answered like that. */
function apply(register: Register, operation: Operation): Register | undefined {
  const { kind, input, value, version, expected, isConflict = false } = operation;
  if (kind === 'read') return register.value === value && register.version === version ? register : undefined;
  if (kind === 'compare and set' && isConflict !== (register.version !== expected)) return undefined;
  if (isConflict) return register.version === version ? register : undefined;
  const next = {
    value: kind === 'add' ? (register.value ?? 0) + input : input,
    version: register.version + 1,
  };
  return next.version === version && next.value === (value ?? next.value) ? next : undefined;
}

/** Whether a history of a register that began absent is linearizable. */
export function isLinearizable(history: readonly Operation[]): boolean {
  const been = new Set<string>();
  const search = (left: readonly Operation[], register: Register): boolean => {
    if (left.length === 0) return true;
    const where = `${left.map(({ call }) => call).join()} ${register.version} ${register.value}`;
    if (been.has(where)) return false;
    been.add(where);
    const firstReturn = Math.min(...left.map(({ ret }) => ret));
    return left.some((operation) => {
      if (operation.call > firstReturn) return false; // another one had ended before this one began
      const next = apply(register, operation);
      return (
        next !== undefined &&
        search(
          left.filter((other) => other !== operation),
          next,
        )
      );
    });
  };
  return search(history, { value: undefined, version: 0 });
}
