import type { MqttConnection } from "@ohmwork/runtime";
import {
  argumentsOf,
  type Command,
  type CommandArguments,
  type CommandName,
  type CommandReply,
  decode,
  encode,
  isCommandName,
  messages,
  notBefore,
  parseTopic,
  type Result,
  topicFilterOf,
  topicOf,
} from "@ohmwork/wire";
import type { Trust } from "./trust.ts";

/** What is answered to a command: what came of it, or why it was not done. */
export type Outcome = Omit<CommandReply, "request" | "boot">;

/** What a device does at each command that it can do; the last argument is the command as it came. */
export type CommandHandlers = {
  readonly [Name in CommandName]?: (given: CommandArguments[Name], command: Command) => Promise<Outcome>;
};

export const done = (result: NonNullable<CommandReply["result"]>): Outcome => ({ ok: true, result });
export const notDone = (reason: string, detail: string): Outcome => ({ ok: false, reason, detail });

/** Hears commands to one device, does what is known and not too late, and answers each. */
export async function subscribeCommands(options: {
  readonly connection: MqttConnection;
  readonly device: { readonly fleet: string; readonly id: string };
  readonly boot: string;
  readonly trust: Trust;
  readonly handlers: CommandHandlers;
  readonly onTrouble: (message: string) => void;
}): Promise<void> {
  const { connection, device, boot, trust, handlers, onTrouble } = options;

  const run = (name: CommandName, command: Command): Promise<Outcome> => {
    switch (name) {
      case "replay":
        return perform(name, command, argumentsOf(name, command), handlers.replay);
      case "release":
        return perform(name, command, argumentsOf(name, command), handlers.release);
      case "evidence":
        return perform(name, command, argumentsOf(name, command), handlers.evidence);
      case "learn-this":
        return perform(name, command, argumentsOf(name, command), handlers["learn-this"]);
      default:
        return name satisfies never;
    }
  };
  const answer = async (name: string, command: Command): Promise<Outcome> => {
    if (!isCommandName(name)) return unknown(name);
    if (command.expires <= notBefore(trust.moment())) return notDone("expired", `Command ${command.request} expired`);
    return run(name, command);
  };

  const take = async (topic: string, payload: Uint8Array): Promise<void> => {
    const address = parseTopic(topic);
    if (!address.ok || address.value.kind !== "command") return;
    const { name } = address.value;
    const decoded = decode("command", payload);
    if (!decoded.ok) return onTrouble(`A command ${name} was not understood: ${decoded.detail}`);
    const { request } = decoded.value;
    const reply: CommandReply = { request, boot, ...(await answer(name, decoded.value)) };
    const back = topicOf({ kind: "command-reply", fleet: device.fleet, device: device.id, name });
    await connection.publish(back, encode("command-reply", reply), messages["command-reply"]);
  };
  const filter = topicFilterOf(device.fleet, "command", { device: device.id });
  await connection.subscribe(filter, (topic, payload) => void take(topic, payload));
}

const unknown = (name: string): Outcome => notDone("unknown-command", `No command ${name} is known here`);

async function perform<Given>(
  name: string,
  command: Command,
  given: Result<Given>,
  handler: ((given: Given, command: Command) => Promise<Outcome>) | undefined,
): Promise<Outcome> {
  if (handler === undefined) return unknown(name);
  return given.ok ? handler(given.value, command) : given;
}
