import { writeGenerated } from "./gate/generated.ts";

// `npm run docs`: writes every generated file anew.

const changed = await writeGenerated();
console.log(changed.length === 0 ? "Nothing changed" : changed.map((file) => `Wrote ${file}`).join("\n"));
