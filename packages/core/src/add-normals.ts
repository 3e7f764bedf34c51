import type { Random } from "./random.ts";

/** Layers of the ziggurat, the abscissa of its base and the area of each layer (Marsaglia & Tsang, J. Stat. Softw. 5(8), 2000). */
const layers = 256;
const tail = 3.6541528853610088;
const area = 0.00492867323399;

const density = (x: number): number => Math.exp(-x * x * 0.5);

/** Right edges of the layers from the base up; that of the base is drawn out so that its strip and the tail have the area together. */
const edges: Float64Array = new Float64Array(layers + 1);
edges[0] = area / density(tail);
edges[1] = tail;
for (let i = 2; i < layers; i += 1) {
  const below = edges[i - 1] as number;
  edges[i] = Math.sqrt(-2 * Math.log(area / below + density(below)));
}
const heights: Float64Array = edges.map(density);
/** Of 24 random bits with a sign: what one counts, and below which number a point lies under the layer above, and is taken. */
const scales: Float64Array = edges.map((edge) => edge / 2 ** 23);
const sure: Int32Array = Int32Array.from({ length: layers }, (_, i) =>
  Math.floor(((edges[i + 1] as number) / (edges[i] as number)) * 2 ** 23),
);

/**
 * Adds normal noise of mean 0 to every value: twice as fast as `random.normal`, and not the same numbers. Layer and place
 * in it come from different bits of one word, so that they are independent (Doornik 2005).
 */
export function addNormals(values: Float32Array, deviation: number, random: Random): void {
  if (deviation === 0) return;
  const { uint32 } = random;
  for (let i = 0; i < values.length; i += 1) {
    let drawn: number;
    do {
      const word = uint32() | 0;
      const layer = word & (layers - 1);
      const place = word >> 8;
      drawn = Math.abs(place) < (sure[layer] as number) ? place * (scales[layer] as number) : atTheEdge(layer, place, random);
    } while (Number.isNaN(drawn));
    (values[i] as number) += deviation * drawn;
  }
}

/** One in some eighty draws: beyond the base, or in the wedge under the curve; NaN when it is above the curve and must be drawn anew. */
function atTheEdge(layer: number, place: number, { uniform }: Random): number {
  if (layer > 0) {
    const x = place * (scales[layer] as number);
    const [low, high] = [heights[layer] as number, heights[layer + 1] as number];
    return low + uniform() * (high - low) < density(x) ? x : Number.NaN;
  }
  let beyond: number;
  let height: number;
  do {
    beyond = -Math.log(1 - uniform()) / tail;
    height = -Math.log(1 - uniform());
  } while (2 * height < beyond * beyond);
  return place < 0 ? -(tail + beyond) : tail + beyond;
}
