import type { Build } from "./build.ts";

function fact(build: Build, part: string, name: string): number {
  const value = build.parts.find(({ id }) => id === part)?.facts[name];
  if (value === undefined) throw new RangeError(`Part ${part} has no fact ${name}`);
  return value;
}

/**
 * Resistance of one edge [Ω] at a wiper position, by the data sheet of the MCP4251 (section 5, resistor network).
 *
 * @param tolerance fraction by which the end-to-end resistance is off. @default 0
 */
export function edgeOhms(build: Build, position: number, tolerance = 0): number {
  const steps = fact(build, "mcp4251", "positions") - 1;
  return fact(build, "mcp4251", "wiperOhms") + ((1 + tolerance) * fact(build, "mcp4251", "endToEndOhms") * position) / steps;
}

/**
 * Lowest wiper position at which the full supply across one edge of the weakest chip in tolerance stays within the current that the
 * data sheet of the MCP4251 allows through a terminal.
 */
export function lowestSafePosition(build: Build): number {
  const tolerance = fact(build, "mcp4251", "endToEndTolerance");
  const least = build.supplyVolts / fact(build, "mcp4251", "maximumTerminalAmperes");
  let position = 0;
  while (edgeOhms(build, position, -tolerance) < least) position += 1;
  return position;
}
