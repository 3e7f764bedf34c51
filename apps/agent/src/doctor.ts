import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import type { Stats, StatsFs } from "node:fs";
import { readdir, stat, statfs } from "node:fs/promises";
import { join } from "node:path";
import { BadInputError, type Clock, Seconds } from "@ohmwork/core";
import {
  BrokerUnreachableError,
  connectMqtt,
  type Credentials,
  isFolderLocked,
  loadCredentials,
  readClockSynchronised,
  systemClock,
} from "@ohmwork/runtime";
import { clientIdOf } from "@ohmwork/wire";
import { createBootId } from "./agent.ts";
import type { DeviceConfig } from "./device-config.ts";
import { examineMicrophone, type ExamineMicrophoneOptions } from "./sensor/examine-microphone.ts";

/** One thing that an agent needs, how it was found, and what to do about it. */
export type Finding = {
  readonly what: "port" | "microphone" | "broker" | "persistence" | "clock" | "disk" | "permissions";
  /** `unknown`: it cannot be told from here, and the agent works either way. */
  readonly state: "good" | "bad" | "unknown";
  readonly found: string;
  /** Absent where there is nothing to do. */
  readonly todo?: string;
};

export type ExamineOptions = {
  /** Folder of this device's state, whether it is there yet or not. */
  readonly state: string;
  /** File by which the device proves who it is. @default what stands in the broker's address, if anything */
  readonly credentials?: string;
  /** How long a broker may take. @default 5 */
  readonly brokerSeconds?: Seconds;
  readonly clock?: Clock;
  readonly readSynchronised?: () => Promise<boolean | undefined>;
  readonly readSpace?: (folder: string) => Promise<Pick<StatsFs, "bavail" | "bsize">>;
  readonly microphone?: ExamineMicrophoneOptions;
  /** Where a mosquitto of this machine has its settings. @default /etc/mosquitto/mosquitto.conf */
  readonly brokerSettings?: string;
};

/** The outbox may take twice its 64 MiB, and as much again while it is put aside. */
const leastFreeBytes = 256 * 1024 * 1024;

/** Looks at all that an agent with this config needs; changes nothing. */
export async function examine(config: DeviceConfig, options: ExamineOptions): Promise<Finding[]> {
  const { state, clock = systemClock, readSynchronised = readClockSynchronised, readSpace = statfs } = options;
  const broker = await examineBroker(config, options, clock);
  const { microphone } = config;
  const hearing = microphone === undefined ? [] : [await examineMicrophone(microphone, options.microphone ?? {})];
  return [
    examinePort(config.port),
    ...hearing,
    broker,
    examinePersistence(config.broker, options.brokerSettings ?? "/etc/mosquitto/mosquitto.conf"),
    await examineClock(readSynchronised),
    await examineDisk(state, readSpace),
    await examinePermissions(state),
  ];
}

function examinePort(port: string): Finding {
  if (!port.startsWith("/") && !port.startsWith("COM")) return { what: "port", state: "good", found: `${port}: needs no board` };
  if (process.platform === "win32") return { what: "port", state: "unknown", found: `${port} can only be tried` };
  if (!existsSync(port)) {
    const todo = "Plug the board in, and look for its name with `ls /dev/ttyACM* /dev/ttyUSB*`";
    return { what: "port", state: "bad", found: `${port} is not there`, todo };
  }
  try {
    accessSync(port, constants.R_OK | constants.W_OK);
    return { what: "port", state: "good", found: `${port} can be read and written` };
  } catch {
    const todo = "Let this user use serial ports: `sudo usermod -aG dialout $USER`, then log in again";
    return { what: "port", state: "bad", found: `${port} may not be read and written by this user`, todo };
  }
}

async function examineBroker(
  { fleet, device, broker: url }: DeviceConfig,
  { credentials: file, state, brokerSeconds = Seconds(5) }: ExamineOptions,
  clock: Clock,
): Promise<Finding> {
  const what = "broker";
  const { host, username } = new URL(url);
  let credentials: Credentials | undefined;
  try {
    credentials = file === undefined ? undefined : loadCredentials(file);
  } catch (error) {
    if (!(error instanceof BadInputError)) throw error;
    const todo = "Mend `credentials:` in the config, or write the file anew with `ohmwork fleet add`";
    return { what, state: "bad", found: error.message, todo };
  }
  const proves = credentials !== undefined || username !== "";
  if (proves && isFolderLocked(state)) {
    const found = `An agent runs with ${state}: to ask ${host} in the name of the device would take the link from it`;
    return { what, state: "unknown", found };
  }
  // Where a name has to be proved, it takes the place of the client id. Elsewhere not the device's own: an agent may run.
  const clientId = proves ? clientIdOf({ fleet, device }) : `ohmwork:doctor:${createBootId()}`;
  const options = { clientId, clock, sessionSeconds: Seconds(0), ...(credentials !== undefined && { credentials }) };
  await using connection = connectMqtt(url, options);
  try {
    await connection.whenConnected(brokerSeconds);
    return { what, state: "good", found: proves ? `${host} lets the device in` : `${host} answers` };
  } catch (error) {
    if (!(error instanceof BrokerUnreachableError)) throw error;
    const mend = proves ? "`broker:` or `credentials:`" : "`broker:`";
    const todo = `Start the broker, or mend ${mend} in the config; until then the device is alone, and samples wait`;
    return { what, state: "bad", found: error.message, todo };
  }
}

/** A broker tells nobody over MQTT whether it keeps anything; the settings of one on this machine may. */
function examinePersistence(url: string, settings: string): Finding {
  const what = "persistence";
  const { hostname } = new URL(url);
  const noLoss = "no sample is lost by it, because the agent keeps each until a trainer has it";
  if (!["localhost", "127.0.0.1", "[::1]"].includes(hostname)) {
    return {
      what,
      state: "unknown",
      found: `Whether the broker at ${hostname} keeps retained messages cannot be told from here: ${noLoss}`,
    };
  }
  let text: string;
  try {
    text = readFileSync(settings, "utf8");
  } catch {
    return { what, state: "unknown", found: `${settings} cannot be read: ${noLoss}` };
  }
  if (/^\s*persistence\s+true\s*$/m.test(text)) return { what, state: "good", found: `${settings} says persistence true` };
  const todo = `Add the line \`persistence true\` to ${settings}, so that desired and reported parameters survive a restart of the broker`;
  return { what, state: "bad", found: `${settings} does not say persistence true: ${noLoss}`, todo };
}

async function examineClock(read: () => Promise<boolean | undefined>): Promise<Finding> {
  const synchronised = await read();
  if (synchronised === true) return { what: "clock", state: "good", found: "The clock is synchronised" };
  const todo = "Turn synchronisation on: `sudo timedatectl set-ntp true`";
  if (synchronised === false) {
    return {
      what: "clock",
      state: "bad",
      found: "The clock is not synchronised: the times of samples are not to be believed",
      todo,
    };
  }
  return { what: "clock", state: "unknown", found: "Nothing here tells whether the clock is synchronised (no timedatectl)" };
}

async function examineDisk(
  folder: string,
  read: (folder: string) => Promise<Pick<StatsFs, "bavail" | "bsize">>,
): Promise<Finding> {
  const { bavail, bsize } = await read(nearest(folder));
  const mebibytes = (bytes: number): string => `${Math.floor(bytes / 1024 / 1024)} MiB`;
  const found = `${mebibytes(bavail * bsize)} free for ${folder}`;
  if (bavail * bsize >= leastFreeBytes) return { what: "disk", state: "good", found };
  const todo = `Make room for ${mebibytes(leastFreeBytes)}, or name another folder with --state: without it samples are dropped`;
  return { what: "disk", state: "bad", found, todo };
}

async function examinePermissions(folder: string): Promise<Finding> {
  const what = "permissions";
  if (process.platform === "win32") return { what, state: "unknown", found: "Windows has no modes of files" };
  if (!existsSync(folder))
    return { what, state: "good", found: `${folder} is not there yet, and will be made for its owner only` };
  const isOpen = ({ mode }: Stats): boolean => (mode & 0o077) !== 0;
  const files = (await readdir(folder)).map((name) => join(folder, name));
  const open: string[] = [];
  const foreign: string[] = [];
  for (const file of [folder, ...files]) {
    const found = await stat(file);
    if (isOpen(found)) open.push(file);
    if (found.uid !== process.getuid?.()) foreign.push(file);
  }
  if (foreign.length > 0) {
    const todo = `Run the agent as the owner of its state, or give it: \`sudo chown -R $USER ${folder}\``;
    return { what, state: "bad", found: `${foreign.join(", ")}: owned by another user`, todo };
  }
  if (open.length > 0) {
    const todo = `Close it to others: \`chmod -R go= ${folder}\``;
    return { what, state: "bad", found: `${open.join(", ")}: open to others`, todo };
  }
  return { what, state: "good", found: `${folder} and the ${files.length} files in it are for their owner only` };
}

/** The folder itself, or the first above it that is there. */
function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(join(folder, ".."));
}
