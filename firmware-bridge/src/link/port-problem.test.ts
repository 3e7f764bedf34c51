import { describe, expect, it } from "vitest";
import { portProblem } from "./port-problem.ts";

/** What the driver says, as its sources have it; on Linux, macOS and Windows. */
const said: Readonly<Record<string, readonly string[]>> = {
  "there is no such port; is the board plugged in?": [
    "Error: No such file or directory, cannot open /dev/ttyACM0",
    "Error: No such device or address, cannot open /dev/ttyACM0",
    "Opening COM3: File not found",
  ],
  "not allowed; on Linux add yourself to the group dialout and log in again": [
    "Error: Permission denied, cannot open /dev/ttyACM0",
    "Error: Operation not permitted, cannot open /dev/ttyACM0",
  ],
  "another program has it open": [
    "Error Resource temporarily unavailable Cannot lock port",
    "Error: Device or resource busy, cannot open /dev/ttyACM0",
    "Error: Resource busy, cannot open /dev/cu.usbmodem1",
    "Opening COM3: Access denied",
  ],
  "that is no serial port": [
    "Error: Inappropriate ioctl for device setting custom baud rate of 1000000",
    "Error: Is a directory, cannot open /tmp",
  ],
  "it has gone; was the cable pulled?": ["Error: Input/output error, cannot set", "Port is not open"],
  "Unknown baud": ["Error: Unknown baud"],
};

describe("portProblem()", () => {
  for (const [meaning, messages] of Object.entries(said)) {
    for (const message of messages) {
      it(`"${message}": ${meaning}`, () => {
        const cause = new TypeError(message);
        expect(portProblem("/dev/ttyACM0", cause)).toMatchObject({
          code: "board-unreachable",
          message: `Serial port /dev/ttyACM0: ${meaning}`,
          details: { port: "/dev/ttyACM0" },
          cause,
        });
      });
    }
  }

  it("does not take the name of a port for what is wrong with it", () => {
    expect(portProblem("/dev/busy", "No such file or directory, cannot open /dev/busy").message).toContain("no such port");
    expect(portProblem("/dev/ttyEIO", "Permission denied, cannot open /dev/ttyEIO").message).toContain("dialout");
  });
});
