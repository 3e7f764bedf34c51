import type { DeviceConfig, RunAgentOptions } from "@ohmwork/agent";
import type { Output } from "../output.ts";

/** What one call of `ohmwork agent` is to run, whatever its device does. */
export type AgentRun = {
  readonly config: DeviceConfig;
  /** Name of the config's file, for messages. */
  readonly file: string;
  readonly exit: boolean;
  readonly common: Pick<RunAgentOptions, "broker" | "credentials" | "state" | "updateKeys" | "trustAgain" | "onTrouble">;
  /** Folder of this device's state. */
  readonly state: string;
  readonly output: Output;
};
