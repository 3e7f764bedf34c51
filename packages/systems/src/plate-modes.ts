/** A simply supported rectangular plate, struck at one point and heard at another; points in parts of its sides. */
export type Plate = {
  readonly youngsModulusPascals: number;
  readonly densityKgPerCubicMetre: number;
  readonly poissonRatio: number;
  readonly lengthMetres: number;
  readonly widthMetres: number;
  readonly thicknessMetres: number;
  readonly struckAt: readonly [number, number];
  readonly heardAt: readonly [number, number];
};

/** Titanium, 100 × 86 × 1 mm, of the elastic constants of the pure metal. */
export const titaniumPlate: Plate = {
  youngsModulusPascals: 116e9,
  densityKgPerCubicMetre: 4506,
  poissonRatio: 0.32,
  lengthMetres: 0.1,
  widthMetres: 0.086,
  thicknessMetres: 0.001,
  struckAt: [0.29, 0.37],
  heardAt: [0.71, 0.58],
};

/** One way of vibrating. */
export type PlateMode = {
  /** Half waves along the length and the width. */
  readonly m: number;
  readonly n: number;
  readonly hertz: number;
  /** Deflection where it is struck times deflection where it is heard, each of an amplitude of 1. */
  readonly amplitude: number;
};

/**
 * The lowest modes of up to 8 × 8 half waves, ascending: Navier's solution for the thin plate,
 * ω = π² √(D / ρ h) ((m / a)² + (n / b)²) with D = E h³ / 12 (1 − ν²).
 *
 * @throws RangeError when more than 64 are asked for
 */
export function plateModes(plate: Plate, count: number): PlateMode[] {
  if (!Number.isInteger(count) || count < 1 || count > 64)
    throw new RangeError(`Number of modes must be a whole number of 1 to 64: ${count}`);
  const { youngsModulusPascals: modulus, densityKgPerCubicMetre: density, thicknessMetres: thickness } = plate;
  const stiffness = (modulus * thickness ** 3) / (12 * (1 - plate.poissonRatio ** 2));
  const speed = Math.PI ** 2 * Math.sqrt(stiffness / (density * thickness));
  const deflection = (m: number, n: number, [x, y]: readonly [number, number]): number =>
    Math.sin(m * Math.PI * x) * Math.sin(n * Math.PI * y);
  const modes: PlateMode[] = [];
  for (let m = 1; m <= 8; m += 1) {
    for (let n = 1; n <= 8; n += 1) {
      const hertz = (speed * ((m / plate.lengthMetres) ** 2 + (n / plate.widthMetres) ** 2)) / (2 * Math.PI);
      modes.push({ m, n, hertz, amplitude: deflection(m, n, plate.struckAt) * deflection(m, n, plate.heardAt) });
    }
  }
  return modes.sort((a, b) => a.hertz - b.hertz).slice(0, count);
}
