import { execFile } from "node:child_process";
import { type Clock, Seconds } from "@ohmwork/core";
import { systemClock } from "./system-clock.ts";

export type ServiceManagerOptions = {
  /** @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** What speaks to systemd for us. @default systemd-notify */
  readonly command?: string;
  /** @default systemClock */
  readonly clock?: Clock;
  readonly onTrouble?: (message: string) => void;
};

/** What systemd wants to hear of a service of `Type=notify`; all of it does nothing where no systemd asked for it. */
export interface ServiceManager {
  /** The service is up; `status` is what `systemctl status` shows. From now on the watchdog is fed. */
  ready(status: string): Promise<void>;
  status(text: string): Promise<void>;
  /** The service leaves, and feeds the watchdog no more. */
  stopping(): Promise<void>;
}

/**
 * Speaks to systemd by `systemd-notify` (sd_notify(3)). The watchdog is fed from the main loop, so that a process which
 * computes for ever, or waits where it must not, is started anew.
 */
export function createServiceManager(options: ServiceManagerOptions = {}): ServiceManager {
  const { environment = process.env, command = "systemd-notify", clock = systemClock, onTrouble = () => undefined } = options;
  const { NOTIFY_SOCKET: socket = "", WATCHDOG_USEC: microseconds = "", WATCHDOG_PID: pid = "" } = environment;
  const stopped = new AbortController();
  let told = false;

  const notify = async (...lines: string[]): Promise<void> => {
    if (socket === "") return;
    await new Promise<void>((resolve) => {
      execFile(command, lines, { env: environment, timeout: 5000 }, (error) => {
        if (error !== null && !told) {
          told = true;
          onTrouble(`Could not tell systemd by ${command}: ${error.message.trim().split("\n")[0]}`);
        }
        resolve();
      });
    });
  };

  /** Thrice in the time that the watchdog waits, so that two may be late. */
  const feed = async (): Promise<void> => {
    const seconds = Number(microseconds) / 1e6;
    if (!(seconds > 0) || (pid !== "" && Number(pid) !== process.pid)) return;
    try {
      for (;;) {
        await notify("WATCHDOG=1");
        await clock.sleep(Seconds(seconds / 3), stopped.signal);
      }
    } catch {
      return; // stopping
    }
  };

  return {
    ready: async (status) => {
      await notify("--ready", `--status=${status}`);
      void feed();
    },
    status: (text) => notify(`--status=${text}`),
    stopping: async () => {
      stopped.abort();
      await notify("STOPPING=1");
    },
  };
}
