import type { CommandDef } from "citty";
import { openBoard } from "../../open-board.ts";
import { createOutput, nameValueLines } from "../../output.ts";
import { strictCommand } from "../../strict-command.ts";
import { boardArgs, boardHeader, chosenBoard, firmwareText } from "./board-options.ts";

/** Fields of STATS, in their order. */
const COUNTERS = ["lines", "badLines", "lostBytes", "repeats", "steps"] as const;

export const info: CommandDef = strictCommand({
  name: "board info",
  description: "What a board says of itself, and its counters",
  args: boardArgs,
  run: async (options) => {
    const output = createOutput(options.json === true);
    const chosen = chosenBoard(options);
    await using opened = await openBoard(chosen.name, chosen.seed);
    const { link } = opened;
    const fields = await link.request("STATS");
    const counters = Object.fromEntries(COUNTERS.map((name, k) => [name, Number.parseInt(fields[k] ?? "", 16)]));
    const { identity } = link;
    const yesNo = (flag: boolean | undefined): string => (flag === true ? "yes" : "no");
    output.result({ ...boardHeader("info", chosen), ...identity, firmware: firmwareText(identity), counters }, [
      `Board ${chosen.name}`,
      ...nameValueLines([
        ["firmware", `${identity?.version}, build ${identity?.build}`],
        ["protocol", `${identity?.protocol}, networks up to ${identity?.largestNetwork} edges`],
        ["last reset", `${identity?.resetCause}, start number ${identity?.epoch}`],
        ["knows a network", yesNo(identity?.hasNetlist)],
        ["wipers programmed since power came", yesNo(identity?.wipersProgrammed)],
        ["calibrated", yesNo(identity?.calibrated)],
        ["lines", `${counters["lines"]}, bad ${counters["badLines"]}, repeated ${counters["repeats"]}`],
        ["bytes lost", `${counters["lostBytes"]}`],
        ["presentations", `${counters["steps"]}`],
      ]),
    ]);
  },
});
