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

/** What a device does at each command, and what it answers. */
export type CommandHandlers = {
  readonly [Name in CommandName]: (given: CommandArguments[Name]) => Promise<NonNullable<CommandReply["result"]>>;
};

type Answer = Omit<CommandReply, "request" | "boot">;

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

  const run = (name: CommandName, command: Command): Promise<Answer> => {
    switch (name) {
      case "replay":
        return perform(argumentsOf(name, command), handlers.replay);
      case "release":
        return perform(argumentsOf(name, command), handlers.release);
      default:
        return name satisfies never;
    }
  };
  const answer = async (name: string, command: Command): Promise<Answer> => {
    if (!isCommandName(name)) return { ok: false, reason: "unknown-command", detail: `No command ${name} is known here` };
    if (command.expires <= notBefore(trust.moment())) {
      return { ok: false, reason: "expired", detail: `Command ${command.request} expired` };
    }
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

async function perform<Given>(
  given: Result<Given>,
  handler: (given: Given) => Promise<NonNullable<CommandReply["result"]>>,
): Promise<Answer> {
  return given.ok ? { ok: true, result: await handler(given.value) } : given;
}
