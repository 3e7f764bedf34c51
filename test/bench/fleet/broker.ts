import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mosquittoFiles } from "@ohmwork/runtime";
import { type Mosquitto, startMosquitto } from "@ohmwork/runtime/testing";

/** mosquitto with the limits of a fleet's own settings, which lets everybody in. */
export function startBenchBroker(port?: number): Promise<Mosquitto> {
  return startMosquitto({
    ...(port !== undefined && { port }),
    write: async (folder, at) => {
      const owner = process.getuid?.() === 0 ? "root" : "nobody";
      const { "mosquitto.conf": settings } = mosquittoFiles([], { port: at, folder, owner });
      const open = settings
        .replace("allow_anonymous false", "allow_anonymous true")
        .replaceAll(/^(acl_file|password_file|use_username_as_clientid|persistence_location) .*\n/gm, "")
        .replace("persistence true", "persistence false");
      await writeFile(join(folder, "mosquitto.conf"), `${open}log_dest stderr\n`);
    },
  });
}
