import { createBuilder, encodeModel, type GraphRuntime, tensor, type Value } from "@ohmwork/autograd";

const PRODUCTS = 20;

/** Operations a second of nothing but products of matrices [rows, inner] and [inner, columns], the best of some runs. */
export async function plainProduct(
  runtime: GraphRuntime,
  [rows, inner, columns]: readonly [number, number, number],
): Promise<number> {
  const g = createBuilder();
  const b = g.input("b", "float32", [inner, columns]);
  const parts = Array.from({ length: PRODUCTS }, (_, index): Value => {
    const product = g.matMul(g.input(`a${index}`, "float32", [rows, inner]), b);
    return g.slice(g.reshape(product, [-1]), [0], [1], [0]);
  });
  await using session = await runtime.load(encodeModel(g.build({ outputs: { y: g.concat(parts, 0) } })));
  const matrix = (height: number, width: number) =>
    tensor(
      "float32",
      [height, width],
      Float32Array.from({ length: height * width }, (_, index) => Math.sin(index)),
    );
  const feeds = { ...Object.fromEntries(parts.map((_, index) => [`a${index}`, matrix(rows, inner)])), b: matrix(inner, columns) };
  let least = Infinity;
  for (let run = 0; run < 50; run += 1) {
    const start = performance.now();
    await session.run(feeds);
    least = Math.min(least, performance.now() - start);
  }
  return (2 * rows * inner * columns * PRODUCTS) / (least / 1000);
}
