import { Session } from "node:inspector/promises";

/** What each part of a program is known by: the first of them, from a call outwards, that names a file or function of the stack. */
export type Parts = readonly (readonly [part: string, known: RegExp])[];

/** A profile of the processor time of this thread while it runs. */
export async function startProfile(): Promise<{ stop(parts: Parts): Promise<Readonly<Record<string, number>>> }> {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
  return {
    /** Share of the time in which this thread did anything, by part; `other` is what none is known by. */
    stop: async (parts) => {
      const { profile } = await session.post("Profiler.stop");
      session.disconnect();
      const { nodes, samples = [], timeDeltas = [] } = profile;
      const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
      const names = new Map(nodes.map(({ id, callFrame: { functionName, url } }) => [id, `${functionName} ${url}`] as const));
      const partOf = (id: number): string => {
        for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
          const found = parts.find(([, known]) => known.test(names.get(at) ?? ""));
          if (found !== undefined) return found[0];
        }
        return "other";
      };
      const spent: Record<string, number> = {};
      let all = 0;
      for (const [i, id] of samples.entries()) {
        const name = names.get(id) ?? "";
        if (name.startsWith("(idle)") || name.startsWith("(program)")) continue;
        const time = timeDeltas[i] ?? 0;
        const part = name.startsWith("(garbage") ? "garbage collection" : partOf(id);
        spent[part] = (spent[part] ?? 0) + time;
        all += time;
      }
      return Object.fromEntries(Object.entries(spent).map(([part, time]) => [part, time / all]));
    },
  };
}
