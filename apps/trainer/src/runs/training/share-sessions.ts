import { createHash } from "node:crypto";
import type { GraphRuntime, GraphSession } from "@ohmwork/autograd";

type Held = { readonly loading: Promise<GraphSession>; users: number };

/** A runtime that loads equal models once, for runs that train the same network at the same time; the last that lets go of one closes it. */
export function shareSessions(runtime: GraphRuntime): GraphRuntime {
  const sessions = new Map<string, Held>();

  const letGo = async (key: string, held: Held): Promise<void> => {
    held.users -= 1;
    if (held.users > 0) return;
    if (sessions.get(key) === held) sessions.delete(key);
    await (await held.loading)[Symbol.asyncDispose]();
  };

  return {
    load: async (model) => {
      const key = createHash("sha256").update(model).digest("hex");
      const held = sessions.get(key) ?? { loading: runtime.load(model), users: 0 };
      sessions.set(key, held);
      held.users += 1;
      let session: GraphSession;
      try {
        session = await held.loading;
      } catch (error) {
        if (sessions.get(key) === held) sessions.delete(key);
        throw error;
      }
      let isOpen = true;
      return {
        inputs: session.inputs,
        outputs: session.outputs,
        run: async (feeds, fetches) => {
          if (!isOpen) throw new TypeError("Session was disposed and cannot run");
          return session.run(feeds, fetches);
        },
        [Symbol.asyncDispose]: async () => {
          if (!isOpen) return;
          isOpen = false;
          await letGo(key, held);
        },
      };
    },
  };
}
