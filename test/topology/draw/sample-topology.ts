// Topologies made by hand, as `defineTopology` would resolve them: a small one, and one whose every name is hostile.

import type {
  ResolvedAgent,
  ResolvedBackoff,
  ResolvedDirector,
  ResolvedOrchestrator,
  ResolvedRestart,
  ResolvedTopology,
} from '../../../src/topology/resolved.ts';

const backoff: ResolvedBackoff = { initialMs: 100, factor: 2, maxMs: 10_000, jitter: 0.2 };
const restart: ResolvedRestart = { strategy: 'one-for-one', maxRestarts: 3, withinMs: 10_000, backoff };

const common = {
  restart,
  child: 'permanent',
  shutdown: 5_000,
  priority: 5,
  retries: { limit: 0, backoff },
  mailbox: { capacity: 1_000, overflow: 'reject' },
  durable: true,
  recover: 'snapshot',
  resources: [],
  retention: { versions: 10, ageMs: 86_400_000 },
  delegatesTo: [],
  accepts: [],
} as const;

/** An agent with defaults. */
export function sampleAgent(address: string, over: Partial<ResolvedAgent> = {}): ResolvedAgent {
  return { ...common, kind: 'agent', name: last(address), address, instances: 1, run: () => 1, ...over };
}

/** A director with defaults. */
export function sampleDirector(address: string, over: Partial<ResolvedDirector> = {}): ResolvedDirector {
  return { ...common, kind: 'director', name: last(address), address, agents: [], ...over };
}

/** An orchestrator with defaults. */
export function sampleOrchestrator(address: string, over: Partial<ResolvedOrchestrator> = {}): ResolvedOrchestrator {
  return { ...common, kind: 'orchestrator', name: last(address), address, directors: [], ...over };
}

/** A topology with defaults. */
export function sampleTopology(orchestrators: readonly ResolvedOrchestrator[], name = 'audit'): ResolvedTopology {
  const limits = { agents: 50, agentsPerOrchestrator: 10, delegationDepth: 5, openRuns: 10_000 };
  return { name, limits, restart, resources: [], retention: { versions: 10, ageMs: 86_400_000 }, orchestrators };
}

/** Two orchestrators, three directors, seven agents, one delegation across. */
export function auditTopology(): ResolvedTopology {
  const code = sampleDirector('main/code', {
    restart: { ...restart, strategy: 'rest-for-one' },
    agents: [
      sampleAgent('main/code/lister', { accepts: ['list'] }),
      sampleAgent('main/code/measure', { accepts: ['measure', 'measure.deep'], instances: 4, resources: ['disk'] }),
      sampleAgent('main/code/report', { accepts: ['report'], child: 'transient' }),
    ],
  });
  const web = sampleDirector('main/web', {
    run: () => 1,
    delegatesTo: ['main/code/measure', 'archive/shelf/keeper'],
    restart: { ...restart, strategy: 'one-for-all', maxRestarts: 1, withinMs: 90_000 },
    agents: [
      sampleAgent('main/web/crawler', { accepts: ['crawl'], instances: 2 }),
      sampleAgent('main/web/parser', { accepts: ['parse'] }),
    ],
  });
  const shelf = sampleDirector('archive/shelf', {
    agents: [
      sampleAgent('archive/shelf/keeper', { accepts: ['keep'] }),
      sampleAgent('archive/shelf/finder', { accepts: ['find'] }),
    ],
  });
  return sampleTopology([
    sampleOrchestrator('main', { accepts: ['audit'], plan: () => ({}), directors: [code, web] }),
    sampleOrchestrator('archive', { run: () => 1, directors: [shelf] }),
  ]);
}

/** What a label may hold at its worst, one line of it. */
export const hostileLabels = [
  '<script>alert(1)</script>',
  '"]; evil [label="x',
  'a\\" \\N \\l b\\',
  'line\nbreak\r\nend\n}\ndigraph {',
  '\'"><img src=x onerror=alert(1)>',
  '&lt;b&gt; &amp; &#60;i&#62;',
  '-->|"x"| y; click y "javascript:alert(1)"',
  '%%{init: {}}%% `code` **bold** #quot; #35;',
  '\u202Eright\u202C \u0000nul\u0007 \uD800 lone',
  '日本語 · emoji 😀👩‍🚀 · עברית · é',
  '</style><style>*{display:none}</style>',
  ']]> <!-- --> ${x} {{y}} $1 $& $`',
  'x'.repeat(500),
  'end',
  '',
] as const;

/** A topology that carries every hostile label as a name, type, resource or target. */
export function hostileTopology(): ResolvedTopology {
  const agents = hostileLabels.map((label, at) =>
    sampleAgent(`main/d/${label}`, {
      name: label,
      accepts: [label],
      resources: [label],
      delegatesTo: [`main/d/${hostileLabels[(at + 1) % hostileLabels.length] ?? ''}`, label],
    }),
  );
  const named = (label: string): ResolvedDirector => sampleDirector(`main/${label}`, { name: label, agents });
  return sampleTopology(
    [sampleOrchestrator('main', { directors: [named('</title><script>x</script>')] })],
    '<script>alert("t")</script>',
  );
}

function last(address: string): string {
  return address.split('/').at(-1) ?? address;
}
