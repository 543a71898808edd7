// Gives guards, actions and events of an XState machine the words a reader expects: a named one keeps its name, an
// inline function is called after its place ('guard', 'action'), what XState's own creators make is told in short
// ('assign count', 'raise tick', 'send ping to worker').

/** Anything that may carry the fields that XState's creators put on their functions. */
type Marked = Readonly<Record<string, unknown>> & { readonly name?: unknown };

const places = new Set(['', 'action', 'actions', 'entry', 'exit', 'guard', 'cond', 'default', 'anonymous']);

/** The name of a guard, or nothing where there is none. */
export function guardName(guard: unknown): string | undefined {
  if (guard === undefined || guard === null) return undefined;
  if (typeof guard === 'string') return guard;
  const { type, name, guards, stateValue } = fields(guard);
  if (typeof type === 'string') return type;
  if (stateValue !== undefined) return `in ${statePath(stateValue)}`;
  if (Array.isArray(guards)) return composite(name, guards);
  return nameOf(name, 'guard');
}

/** `on.picture.sharp` for `{ on: { picture: 'sharp' } }`; several regions stand in braces. */
function statePath(value: unknown): string {
  if (typeof value === 'string') return value;
  const paths = Object.entries(fields(value)).map(([key, inner]) => {
    const rest = statePath(inner);
    return rest === '' ? key : `${key}.${rest}`;
  });
  return paths.length > 1 ? `{${paths.join(', ')}}` : (paths[0] ?? '');
}

function composite(name: unknown, guards: readonly unknown[]): string {
  const parts = guards.map((part) => {
    const text = guardName(part) ?? 'guard';
    const nested = Array.isArray(fields(part)['guards']) && fields(part)['name'] !== 'not';
    return nested ? `(${text})` : text;
  });
  if (name === 'not') return `!${parts[0] ?? 'guard'}`;
  return parts.join(name === 'or' ? ' || ' : ' && ');
}

/** The name of an action. */
export function actionName(action: unknown): string {
  if (typeof action === 'string') return action;
  const marked = fields(action);
  const type = marked['type'];
  if (typeof type !== 'string') return nameOf(marked['name'], 'action');
  if (typeof action !== 'function' || !type.startsWith('xstate.')) return type;
  return builtIn(type.slice('xstate.'.length), marked);
}

function builtIn(kind: string, marked: Marked): string {
  const event = eventOf(marked['event']);
  switch (kind) {
    case 'assign':
      return words('assign', assigned(marked['assignment']));
    case 'raise':
      return words('raise', event, typeof marked['delay'] === 'number' ? `after ${delayText(marked['delay'])}` : '');
    case 'sendTo':
      return words('send', event, typeof marked['to'] === 'string' ? `to ${marked['to']}` : '');
    case 'emit':
      return words('emit', event);
    case 'spawnChild':
      return words('spawn', stringOf(marked['src']));
    case 'stopChild':
      return words('stop', stringOf(marked['actorRef']));
    case 'cancel':
      return words('cancel', stringOf(marked['sendId']));
    case 'enqueueActions':
      return 'actions';
    default:
      return kind;
  }
}

function assigned(assignment: unknown): string {
  if (typeof assignment !== 'object' || assignment === null) return '';
  const keys = Object.keys(assignment);
  return keys.length > 4 ? `${keys.slice(0, 3).join(', ')} and ${keys.length - 3} more` : keys.join(', ');
}

function eventOf(event: unknown): string {
  return typeof event === 'string' ? event : stringOf(fields(event)['type']);
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function words(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}

function nameOf(name: unknown, place: string): string {
  return typeof name === 'string' && !places.has(name) ? name : place;
}

function fields(value: unknown): Marked {
  return (typeof value === 'object' || typeof value === 'function') && value !== null ? (value as Marked) : {};
}

/** A delay without loss: `500 ms`, `1.5 s`, `2 min`, `1 h`; a named delay keeps its name. */
export function delayText(delay: number | string): string {
  if (typeof delay === 'string') return delay;
  if (delay >= 3_600_000 && delay % 360_000 === 0) return `${delay / 3_600_000} h`;
  if (delay >= 60_000 && delay % 6_000 === 0) return `${delay / 60_000} min`;
  if (delay >= 1_000 && delay % 10 === 0) return `${delay / 1_000} s`;
  return `${delay} ms`;
}
