import { OhmworkError, Seconds } from "@ohmwork/core";
import { listSerialPorts, openBoardLink, serialPort } from "@ohmwork/firmware-bridge";
import { runUntilSignal, systemClock } from "@ohmwork/runtime";
import type { CommandDef } from "citty";
import { createOutput, nameValueLines } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { boardHeader, firmwareText } from "./board-options.ts";

/** Longer than an old bootloader waits after the reset that opening the port causes. */
const ANSWER_SECONDS = Seconds(4);

type Listed = {
  readonly name: string;
  readonly device: string | null;
  /** Version and build; null when nothing with our firmware answers, or when the port was not asked. */
  readonly firmware: string | null;
  readonly remark: string;
};

const args = { json: { type: "boolean", description: "Print one line of JSON" } } as const;

export const list: CommandDef = strictCommand({
  name: "board list",
  description: "Serial ports, and what answers on those of USB devices",
  args,
  run: async ({ json }) => {
    const output = createOutput(json === true);
    const { ports, problem } = await listSerialPorts();
    if (problem !== undefined) output.note(problem);
    const asked = ports.filter(({ path, usb }) => usb !== undefined || /ACM|USB/.test(path));
    if (asked.length > 0) output.note(`Asking ${asked.map(({ path }) => path).join(", ")} for up to ${ANSWER_SECONDS} s`);
    const virtual: Listed = { name: "virtual", device: null, firmware: null, remark: "an emulated board, always there" };
    const boards = await runUntilSignal(async (signal) => [
      virtual,
      ...(await Promise.all(
        ports.map(async (port): Promise<Listed> => {
          const device = [port.manufacturer, port.usb].filter((text) => text !== undefined).join(" ");
          const about = { name: port.path, device: device === "" ? null : device };
          if (!asked.includes(port)) return { ...about, firmware: null, remark: "no USB device, not asked" };
          return { ...about, ...(await answerOn(port.path, signal)) };
        }),
      )),
    ]);
    output.result(
      { ...boardHeader("list"), boards, problem: problem ?? null },
      nameValueLines(boards.map(({ name, device, remark }) => [name, device === null ? remark : `${remark} (${device})`])),
    );
  },
});

async function answerOn(path: string, signal: AbortSignal): Promise<Pick<Listed, "firmware" | "remark">> {
  await using link = openBoardLink(serialPort(path), { clock: systemClock });
  try {
    const firmware = firmwareText(await link.whenReady(ANSWER_SECONDS, signal));
    return { firmware, remark: `Ohmwork firmware ${firmware}` };
  } catch (error) {
    if (!(error instanceof OhmworkError) || error.code === "aborted") throw error;
    return { firmware: null, remark: error.message };
  }
}
