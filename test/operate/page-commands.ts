/** The commands of a page: its fenced blocks that are marked `sh`, one after the other, as they stand there. */
export function commandsOf(page: string): string[] {
  return [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block as string);
}

/** One script of all blocks that ends at the first command that fails, and names each block by the line before it. */
export function scriptOf(blocks: readonly string[]): string {
  return ["set -euo pipefail", ...blocks.flatMap((block, i) => [`echo "== block ${i + 1}"`, block])].join("\n");
}
