import { execFile } from "node:child_process";

/** Whether the kernel says that this machine's clock is synchronised; undefined where nobody can be asked. */
export function readClockSynchronised(command = "timedatectl"): Promise<boolean | undefined> {
  return new Promise((resolve) => {
    execFile(command, ["show", "--property=NTPSynchronized", "--value"], { timeout: 5000 }, (error, out) => {
      const answer = out.trim();
      resolve(error === null && (answer === "yes" || answer === "no") ? answer === "yes" : undefined);
    });
  });
}
