// Every maximum and default of the runtime, in one table, each with its unit. A queue, cache, history or retry that
// has no line here does not exist. Topologies change the ones under `limits`; the rest are the house's own.
// Sources: agent, depth, event-queue and state limits come from the orchestration edge cases; restart, backoff and
// shutdown defaults follow OTP's `supervisor` and Pekko's `RestartSettings`.

export const limits = {
  actor: {
    addressLength_chars: 512,
    childrenPerParent_count: 1_000_000,
    machineMicrosteps_count: 200_000,
    total_count: 1_000_000,
  },
  ask: { pending_count: 100_000, timeout_ms: 5_000 },
  deadLetters: { kept_count: 1_000, logInterval_ms: 1_000 },
  delegation: { depth_hops: 5, fanOutInFlight_count: 64, pending_count: 100_000 },
  dispatcher: { batch_messages: 64, clockCheck_messages: 16, slice_messages: 2_048, slice_ms: 4 },
  mailbox: { capacity_messages: 1_000, retryAfter_ms: 100, systemCapacity_messages: 10_000 },
  message: { deliveries_count: 3, depth_levels: 64, keys_count: 100_000, size_bytes: 10_485_760 },
  restart: {
    backoffFactor_ratio: 2,
    backoffInitial_ms: 100,
    backoffJitter_ratio: 0.2,
    backoffMax_ms: 10_000,
    healthyAfter_ms: 10_000,
    maxRestarts_count: 3,
    within_ms: 10_000,
  },
  run: { eventsKept_count: 1_000, finishedKept_count: 10_000, open_count: 10_000, subscribers_count: 100 },
  shard: { actors_count: 128 },
  shutdown: { hook_ms: 5_000, start_ms: 30_000, supervisor_ms: 30_000 },
  stash: { capacity_messages: 100 },
  store: {
    historyAge_ms: 86_400_000,
    tombstones_count: 100_000,
    versionsMax_count: 1_000,
    versions_count: 10,
  },
  task: {
    noteLength_chars: 500,
    planNodes_count: 1_000,
    planItems_count: 100_000,
    retries_count: 0,
    retryBackoffInitial_ms: 1_000,
    retryBackoffMax_ms: 30_000,
    steps_count: 200_000,
    timeout_ms: 600_000,
  },
  timers: { perRuntime_count: 1_000_000 },
  topic: { subscribers_count: 10_000, topics_count: 10_000 },
  topology: {
    agentInstances_count: 32,
    agentsPerOrchestrator_count: 10,
    agentsTotal_count: 50,
    agentQueue_tasks: 100,
    directorQueue_tasks: 1_000,
    orchestratorOpen_tasks: 1_000,
  },
} as const;
