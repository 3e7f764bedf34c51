import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { BadInputError } from "@ohmwork/core";

/** What a program of this folder can be asked for; what goes to and fro is plain data. */
type Handlers = Readonly<Record<string, (given: never) => unknown>>;

/** A program of this folder in a process of its own, which is asked by the names of what it offers. */
export interface Program<Offered extends Handlers> extends AsyncDisposable {
  readonly pid: number;
  ask<Name extends keyof Offered & string>(
    name: Name,
    ...given: Parameters<Offered[Name]>
  ): Promise<Awaited<ReturnType<Offered[Name]>>>;
}

type Question = { readonly call: number; readonly name: string; readonly given: unknown };
type Answer = { readonly call: number; readonly value?: unknown; readonly error?: string };

/** Starts a program, which ends with SIGKILL when it is disposed of: nothing that it has is worth keeping. */
export function startProgram<Offered extends Handlers>(file: string): Program<Offered> {
  const child: ChildProcess = fork(join(import.meta.dirname, file), { execArgv: ["--conditions=@ohmwork/source"] });
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let call = 0;
  child.on("message", ({ call: of, value, error }: Answer) => {
    const answered = waiting.get(of);
    waiting.delete(of);
    if (error === undefined) answered?.resolve(value);
    else answered?.reject(new BadInputError(`${file}: ${error}`));
  });
  void ended.then(() => {
    for (const { reject } of waiting.values()) reject(new BadInputError(`${file} ended before it answered`));
  });
  return {
    pid: child.pid as number,
    ask: (name, ...[given]) => {
      call += 1;
      const answered = Promise.withResolvers<unknown>();
      answered.promise.catch(() => undefined); // who asked hears of it
      waiting.set(call, answered);
      child.send({ call, name, given } satisfies Question);
      return answered.promise as Promise<never>;
    },
    [Symbol.asyncDispose]: async () => {
      kill();
      await ended;
      process.off("exit", kill);
    },
  };
}

/** Answers what the process that started this one asks. */
export function offer(handlers: Handlers): void {
  process.on("message", ({ call, name, given }: Question) => {
    const work = async (): Promise<unknown> => handlers[name]?.(given as never);
    void work().then(
      (value) => process.send?.({ call, value } satisfies Answer),
      (error: unknown) => process.send?.({ call, error: String(error) } satisfies Answer),
    );
  });
}
