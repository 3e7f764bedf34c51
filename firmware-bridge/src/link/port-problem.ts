import { BoardUnreachableError } from "./link-errors.ts";

/** Words of operating systems and of the serial port's driver, and what they mean to a person. The driver gives no codes. */
const MEANINGS: readonly (readonly [words: RegExp, meaning: string])[] = [
  [/no such (file|device)|not found|ENOENT|ENXIO|ENODEV/i, "there is no such port; is the board plugged in?"],
  [/permission denied|not permitted|EACCES|EPERM/i, "not allowed; on Linux add yourself to the group dialout and log in again"],
  [/cannot lock|busy|temporarily unavailable|access denied|EBUSY|EAGAIN/i, "another program has it open"],
  [/inappropriate ioctl|is a directory|not a (tty|typewriter)|ENOTTY|EISDIR/i, "that is no serial port"],
  [/input\/output error|not open|bad file descriptor|invalid handle|EIO|EBADF/i, "it has gone; was the cable pulled?"],
];

/** One line for a person, whatever the operating system said of a serial port; what it said is the cause. */
export function portProblem(path: string, cause: unknown): BoardUnreachableError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const known = MEANINGS.find(([words]) => words.test(said.replaceAll(path, "")));
  const why = known?.[1] ?? said.replace(/^Error:? /, "");
  return new BoardUnreachableError(`Serial port ${path}: ${why}`, { port: path }, { cause });
}
