import { OhmworkError } from "@ohmwork/core";

/** A nonlinear solve did not reach its tolerance within its iterations. */
export class SolverDivergedError extends OhmworkError<{ iterations: number; stepVolts: number; toleranceVolts: number }> {
  readonly code = "solver-diverged";
  constructor(iterations: number, stepVolts: number, toleranceVolts: number) {
    super(
      `Nonlinear solve did not settle: still moving ${stepVolts.toPrecision(3)} V after ${iterations} iterations, expected ${toleranceVolts.toPrecision(3)} V`,
      { iterations, stepVolts, toleranceVolts },
    );
  }
}
