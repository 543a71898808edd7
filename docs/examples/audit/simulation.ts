// What is simulated of the audit: the plan, the fan-out and the three directors, with agents that answer without reading
// or writing a file. A scratch folder's name says how many batches lie in it, so that the outcome tells whether each
// was measured once. `troupe simulate` reads this file because it stands beside topology.ts.

import { isTroupeError } from 'troupe';
import { simulationOptions } from 'troupe/testing';
import topology from './topology.ts';

const mostBatches_count = 6;

interface Scratch {
  readonly input: { readonly scratch: string };
}

interface Batches {
  readonly input: { readonly scratch: string; readonly batches: readonly number[] };
}

const noDuplicates = { blocks: [], leftOut: 0, duplicatedLines: 0, perFile: [] };

const noFigures = {
  bytes: 0,
  lines: 0,
  codeLines: 0,
  commentLines: 0,
  blankLines: 0,
  complexity: 0,
  functions: 0,
  markers: 0,
};

export default simulationOptions(topology, {
  tasks: {
    audit: ({ pick }) => ({ dir: pick(['src', 'test', 'docs']), out: 'report' }),
  },
  agents: {
    'main/reading/survey': (_task, { between }) => {
      const count = between(0, mostBatches_count);
      const batches = Array.from({ length: count }, (_, batch) => ({ batch, paths: [`${batch}.ts`] }));
      return { scratch: `${count} batches`, at: '2026-03-01T09:30:00.000Z', files: count, batches, notes: [] };
    },
    'main/reading/measure': ({ input: { batch, paths } }: Measure, { chance }) =>
      chance(8)
        ? { batch, files: 0, notes: [`${paths.join()} could not be read: EACCES.`] }
        : { batch, files: paths.length, notes: [] },
    'main/reading/history': (_task, { chance }) => ({ isKnown: !chance(3) }),
    'main/findings/duplicates': () => ({ found: noDuplicates, notes: [] }),
    'main/findings/hotSpots': () => ({ basis: 'size', spots: [] }),
    'main/desk/summary': ({ input: { scratch, batches } }: Batches) => ({
      ...noFigures,
      files: new Set(batches).size,
      languages: [],
      duplicatedLines: 0,
      hotSpots: [],
      notes: [scratch],
    }),
    'main/desk/report': ({ input: { scratch } }: Scratch) => ({
      json: `${scratch}/report.json`,
      markdown: `${scratch}/report.md`,
      html: `${scratch}/report.html`,
    }),
  },
  settled: {
    'an audit that is done has measured every batch, and its report is of the same folder': async ({ runtime }) => {
      for (const run of runtime.runs()) {
        try {
          const { files, notes, report } = (await run.result()) as Outcome;
          const [scratch = ''] = notes;
          if (scratch !== `${files} batches` || report.json !== `${scratch}/report.json`)
            throw new Error(`${run.id}: ${files} of ${scratch}, the report at ${report.json}`);
        } catch (error) {
          if (!isTroupeError(error)) throw error;
        }
      }
    },
  },
});

interface Measure {
  readonly input: { readonly batch: number; readonly paths: readonly string[] };
}

interface Outcome {
  readonly files: number;
  readonly notes: readonly string[];
  readonly report: { readonly json: string };
}
