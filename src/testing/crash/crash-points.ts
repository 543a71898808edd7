// Where a process can be killed: at a step of one of its commits, or so long after its start. A kill has a name that is
// its whole description, so that one line is enough to do it again: `written@7`, `written@7+before@2`, `37ms`.

/**
 * A step of a commit, in the order of time. `before`: nothing has been handed to the store. `writing`: it has, and the
 * store has not answered. `written`: it is on the disk, and nobody has been told. `answered`: whoever waited for it has
 * been told, one turn ago.
 */
export type CrashStep = 'before' | 'writing' | 'written' | 'answered';

/** The steps, in the order of time. */
export const crashSteps: readonly CrashStep[] = ['before', 'writing', 'written', 'answered'];

/** The steps as reports write them. */
export const stepWords: Readonly<Record<CrashStep, string>> = {
  before: 'before the write',
  writing: 'while it is written',
  written: 'written, not yet answered',
  answered: 'answered',
};

/** A step of one commit; commits are counted from 1, from the opening of the store on. */
export interface CommitPoint {
  readonly step: CrashStep;
  readonly commit: number;
}

/** A moment so long after the runtime was told to start. */
export interface TimePoint {
  readonly after_ms: number;
}

/** When a process is killed; with `recovery`, also the one that recovers from that. */
export interface Kill {
  readonly work: CommitPoint | TimePoint;
  readonly recovery?: CommitPoint | undefined;
}

/** `written@7` or `37ms`. */
export function pointName(point: CommitPoint | TimePoint): string {
  return 'step' in point ? `${point.step}@${point.commit}` : `${point.after_ms}ms`;
}

/** The name of a kill, which {@link parseKill} reads. */
export function killName({ work, recovery }: Kill): string {
  return recovery === undefined ? pointName(work) : `${pointName(work)}+${pointName(recovery)}`;
}

/** A kill as a sentence says it: `commit 7, written, not yet answered`. */
export function killWords({ work, recovery }: Kill): string {
  const first = 'step' in work ? pointWords(work) : `${work.after_ms} ms after its start`;
  return recovery === undefined ? first : `${first}; then while it recovered, ${pointWords(recovery)}`;
}

function pointWords({ step, commit }: CommitPoint): string {
  return `commit ${commit}, ${stepWords[step]}`;
}

/** The kill of a name; undefined for what names none. */
export function parseKill(name: string): Kill | undefined {
  const [first = '', second, ...rest] = name.trim().split('+');
  const time = /^(\d{1,9}(?:\.\d{1,3})?)ms$/.exec(first);
  const work = time === null ? parsePoint(first) : { after_ms: Number(time[1]) };
  if (work === undefined || rest.length > 0) return undefined;
  if (second === undefined) return { work };
  const recovery = parsePoint(second);
  return recovery && { work, recovery };
}

function parsePoint(text: string): CommitPoint | undefined {
  const [, name, commit] = /^([a-z]+)@([1-9]\d{0,8})$/.exec(text) ?? [];
  const step = crashSteps.find((each) => each === name);
  return step && { step, commit: Number(commit) };
}

/**
 * Every step of every commit; or, where those are too many, as many as may be, with the same share for each step and
 * spread evenly over the commits, each step at other ones.
 */
export function spreadPoints(commits: number, steps: readonly CrashStep[], most: number): readonly CommitPoint[] {
  return steps.flatMap((step, at) => {
    const share = Math.floor(most / steps.length) + (at < most % steps.length ? 1 : 0);
    const count = Math.min(commits, share);
    const shift = (at + 0.5) / steps.length;
    return Array.from({ length: count }, (_, index) => ({
      step,
      commit: 1 + Math.floor(((index + shift) * commits) / count),
    }));
  });
}

/** A kill, and how many commits the recovery from it made. */
export interface RecoveryWrites {
  readonly work: CommitPoint | TimePoint;
  readonly commits: number;
}

/** Kills of recoveries: spread evenly over those that wrote something, and over the steps of their commits. */
export function spreadRecoveries(
  writes: readonly RecoveryWrites[],
  steps: readonly CrashStep[],
  most: number,
): { readonly kills: readonly Kill[]; readonly all: number } {
  const writing = writes.filter(({ commits }) => commits > 0);
  const all = writing.reduce((sum, { commits }) => sum + commits * steps.length, 0);
  const count = Math.min(most, writing.length);
  const chosen = writing.filter(
    (_, at) => Math.floor((at * count) / writing.length) !== Math.floor(((at + 1) * count) / writing.length),
  );
  const kills: Kill[] = [];
  // In rounds, one point of each recovery; each begins at another step, so that a few kills see all of them.
  const rounds = Math.max(0, ...chosen.map(({ commits }) => commits * steps.length));
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, { work, commits }] of chosen.entries()) {
      const points = spreadPoints(commits, steps, commits * steps.length);
      const recovery = points[((index % steps.length) * commits + round) % points.length];
      if (round < points.length && kills.length < most) kills.push({ work, recovery });
    }
  }
  return { kills, all };
}
