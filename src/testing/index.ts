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
export { type CrashTestRunner, type CrashTests, crashTests } from './crash/crash-tests.ts';
export type { CrashOptions } from './crash/crash-options.ts';
export type { CommitPoint, CrashStep, Kill, TimePoint } from './crash/crash-points.ts';
export { type CrashReport, type CrashStage, crashText, type Spread } from './crash/crash-report.ts';
export { type CrashWorkload, crashWorkload, type Recovered } from './crash/crash-workload.ts';
export type { CrashFailure, KillResult } from './crash/kill-run.ts';
export { conserved, type ValueOf } from './simulation/invariants/conserved.ts';
export type { Invariant, InvariantWatch, Life, SimulatedRun } from './simulation/invariant.ts';
export {
  type Aftermath,
  type CommandsConstraints,
  type CommandsOptions,
  type CommandsProperty,
  type FastCheckLike,
  type ModelCommand,
  modelCommands,
  type PassingTime,
  type Stage as CommandStage,
  type SteppedTime,
} from './product/commands.ts';
export type { BuiltInInvariant } from './product/invariants.ts';
export type { ProductOptions, TopologyProductOptions } from './product/options.ts';
export type { AnyEnvironmentStep, EnvironmentStep } from './product/plan.ts';
export { ProductFailure, ProductModel, productModel, productText, type Replay } from './product/product-model.ts';
export type { ProductReport, ProductViolation } from './product/product-report.ts';
export type { Answer, Answers, GivenTask } from './product/roles.ts';
export type { ActorReport } from './product/sightings.ts';
export type { ActorMachines, ActorView, ProductWorld } from './product/view.ts';
export type { Chance } from './simulation/chance.ts';
export { defaultOdds, type FaultKind, faultKinds, type FaultOdds, type Faults } from './simulation/faults.ts';
export { readFaults } from './simulation/fault-words.ts';
export {
  type Moment,
  type Operation,
  type Simulation,
  type SimulationOptions,
  simulationOptions,
  type SimulationSettings,
} from './simulation/options.ts';
export {
  readRegression,
  type Regression,
  regressionOf,
  regressionText,
  replay,
  type ReplayReport,
} from './simulation/regression.ts';
export { type FailureOrigin, runWords, simulationData, simulationText } from './simulation/report-text.ts';
export type { Shrunk } from './simulation/shrink.ts';
export type { Reply } from './simulation/stand-ins.ts';
export { simulate, type SimulationFailure, type SimulationReport } from './simulation/simulate.ts';
export type { Decision } from './world/decisions.ts';
export type { DiskFaults } from './world/disk.ts';
export { Probe, type ProbeOptions } from './world/probe.ts';
export type { Expected, ExpectOptions, Within } from './world/probe-expected.ts';
export { ExpectationError } from './world/test-expectation.ts';
export {
  createTestRuntime,
  type RestartOptions,
  type TestRuntime,
  type TestRuntimeOptions,
} from './world/test-runtime.ts';
