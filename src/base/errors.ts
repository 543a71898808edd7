// Every error that Troupe raises, in one place to import from: the base and the table of codes, and one small class
// a code, sorted by what it is about.

export {
  ActorExistsError,
  ActorNotFoundError,
  ActorRestartingError,
  AskTimeoutError,
  DeadLetterError,
  InterruptedError,
  MailboxFullError,
  RestartLimitError,
  ShuttingDownError,
  StartFailedError,
  StartTimeoutError,
} from './actor-errors.ts';
export {
  StoreCorruptError,
  StoreFullError,
  StoreLockedError,
  StoreUnavailableError,
  StoreVersionError,
  VersionConflictError,
} from './store-errors.ts';
export {
  DelegationCycleError,
  DelegationForgedError,
  DelegationTooDeepError,
  NoAgentError,
  PlanInvalidError,
  QueueFullError,
  TaskCancelledError,
  TaskFailedError,
  TaskTimeoutError,
} from './task-errors.ts';
export {
  type CauseOption,
  describeError,
  type ErrorCode,
  type ErrorRow,
  errorTable,
  isTroupeError,
  show,
  TroupeError,
} from './troupe-error.ts';
export {
  InvalidInputError,
  InvalidOptionError,
  InvalidOutputError,
  type SchemaIssue,
  TopologyError,
  type TopologyProblem,
  UnserializableError,
} from './value-errors.ts';
