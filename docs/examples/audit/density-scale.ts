// The colour scale of complexity: seven steps with fixed bounds, so that a colour means the same in every report. The
// colours themselves are in the style sheet, once for light and once for dark.

/** Lower bounds of the steps, in decision points for each 100 lines of code. */
export const densityBounds = [0, 2, 5, 10, 15, 20, 30] as const;

/** The step of a density: an index into `densityBounds`. */
export function densityStep(density: number): number {
  return Math.max(
    0,
    densityBounds.findLastIndex((bound) => density >= bound),
  );
}

/** The legend, as HTML. */
export function renderDensityLegend(): string {
  const steps = densityBounds.map(
    (bound, step) =>
      `<span class="step"><i class="f${step}"></i>${bound}${step === densityBounds.length - 1 ? '+' : ''}</span>`,
  );
  return `<div class="legend"><span class="legend-title">Decision points per 100 lines</span><span class="steps">${steps.join('')}</span></div>`;
}
