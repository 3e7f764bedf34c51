import { randomBytes } from "node:crypto";
import { BadInputError } from "@ohmwork/core";
import { isId } from "@ohmwork/wire";
import type { CommandDef } from "citty";
import { createOutput, VERSION } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { createFleetFolder, folderOption } from "./fleet-folder.ts";

const args = {
  fleet: { type: "positional", required: true, description: "Name of the fleet: 1 to 36 of a-z, 0-9 and -" },
  broker: {
    type: "string",
    default: "mqtt://127.0.0.1:1883",
    valueHint: "url",
    description: "Address of the broker; mqtts:// for certificates, and for other machines",
  },
  folder: folderOption,
  json: { type: "boolean", description: "Print one line of JSON" },
} as const;

export const init: CommandDef = strictCommand({
  name: "fleet init",
  description: "Make the folder of a fleet: its key for updates, and the lists of a broker that lets in nobody yet",
  args,
  run: async ({ fleet, broker, folder, json }) => {
    if (!isId(fleet)) throw new BadInputError(`${JSON.stringify(fleet)} names no fleet, expected 1 to 36 of a-z, 0-9 and -`);
    checkBroker(broker);
    const pair = await crypto.subtle.generateKey("Ed25519", true, ["sign", "verify"]);
    if (!("privateKey" in pair)) throw new TypeError("Ed25519 gave one key instead of two");
    const { privateKey, publicKey } = pair;
    const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", privateKey)).toString("base64");
    const updateKey = Buffer.from(await crypto.subtle.exportKey("raw", publicKey)).toString("hex");
    const group = randomBytes(16).toString("hex");
    await createFleetFolder(
      folder,
      { v: 1, fleet, broker, group, updateKey, members: [], revokedSerials: [] },
      `-----BEGIN PRIVATE KEY-----\n${pkcs8}\n-----END PRIVATE KEY-----\n`,
    );
    createOutput(json === true).result({ schema: "ohmwork.fleet-init/1", version: VERSION, fleet, folder, broker, updateKey }, [
      `Fleet ${fleet} is kept in ${folder}. Whoever has update-key.pem there can change what every device does: keep a copy offline.`,
      `Broker:  mosquitto -c ${folder}/mosquitto/mosquitto.conf`,
      `Next:    ohmwork fleet add my-device`,
    ]);
  },
});

function checkBroker(broker: string): void {
  const url = URL.canParse(broker) ? new URL(broker) : undefined;
  if (url === undefined || !["mqtt:", "mqtts:"].includes(url.protocol) || url.hostname === "" || url.username !== "") {
    throw new BadInputError(
      `Option --broker is ${JSON.stringify(broker.replace(/^(\w+:\/\/)?.*@/s, "$1"))}, expected one like mqtt://127.0.0.1:1883`,
    );
  }
  if (url.protocol === "mqtt:" && !["127.0.0.1", "localhost"].includes(url.hostname)) {
    throw new BadInputError(`Option --broker is ${broker}: passwords would be read on the way, expected mqtts://, or 127.0.0.1`);
  }
}
