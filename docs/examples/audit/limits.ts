// Every bound of the audit in one table, with units in the names: a folder of any size ends in a report of a known
// size, and what a bound left out is said in the report's notes.

/** The bounds of the audit. */
export const auditLimits = {
  /** Source files that are measured; the rest is counted and left out. */
  sourceFiles: 20_000,
  /** Directory entries a walk looks at before it gives up. */
  walkedEntries: 400_000,
  /** A larger file is data or generated, seldom source. */
  fileSize_bytes: 1_048_576,
  /** The start of a file that is searched for a NUL byte. */
  binaryProbe_bytes: 8_000,
  /** Files that are probed at once. */
  parallelProbes: 16,
  /** Markers kept for each file. */
  markersPerFile: 50,
  /** Characters kept of a marker's text. */
  markerText_chars: 160,
  /** Longest functions kept for each file. */
  longFunctionsPerFile: 5,
  /** Code lines in a window of the duplicate search. */
  blockWindow_lines: 6,
  /** Windows kept for each file. */
  blocksPerFile: 1_500,
  /** Files in which one window may be found before it is taken for boilerplate of the language. */
  occurrencesPerBlock: 24,
  /** Duplicate blocks in the report. */
  duplicateBlocks: 50,
  /** Commits that the history looks back. */
  commits: 2_000,
  /** Output of one git command. */
  gitOutput_bytes: 67_108_864,
  /** Rows of the "top" lists. */
  topRows: 20,
  /** Markers listed in the report. */
  reportedMarkers: 200,
  /** Rows of the page's file table; the JSON has all of them. */
  tableRows: 1_500,
  /** Points of the scatter plot. */
  scatterPoints: 900,
} as const;
