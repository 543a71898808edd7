// What `import 'troupe/testing'` gives: tests made from state-machine graphs. Needs no test runner; vitest's or any
// other's functions are handed to `register`.

export type { CoverageGoal, ModelMoment, ModelOptions } from './model-options.ts';
export { modelOptions } from './model-options.ts';
export type { ModelCoverage, Share } from './coverage.ts';
export type { InvokeOutcome, ModelEvents } from './environment.ts';
export type { Finding } from './findings.ts';
export type { MachineReport, MachineTests, ModelTest, TestRunner } from './machine-tests.ts';
export { modelTests } from './model-tests.ts';
export type { PathKind } from './paths.ts';
export { StoryFailure } from './perform.ts';
export { explicitTime } from './rewrite.ts';
export type { NodeSummary, TopologyModelOptions, TopologyReport, TopologyTests } from './topology-tests.ts';
export { coveragePage, coverageSvg } from './picture.ts';
export { coverageTable, remarks, reportData, type ReportColours, topologyText } from './report.ts';
