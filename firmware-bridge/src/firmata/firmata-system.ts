import {
  AbortedError,
  checkInputs,
  checkParameters,
  createBatch,
  type PhysicalSystem,
  type Port,
  type Revision,
  rowOf,
  rowsOf,
  throwIfAborted,
} from "@ohmwork/core";
import { createExclusive } from "../board/exclusive.ts";
import type { PortBinding } from "../link/port.ts";
import { openFirmataBoard } from "./firmata-board.ts";
import { stepLevels, type UpDownPot } from "./up-down-pot.ts";

export type FirmataSystemOptions = {
  /** A board that runs StandardFirmata, at 57,600 baud. */
  readonly port: PortBinding;
  readonly pots: readonly UpDownPot[];
  /** Digital pins that drive a node: 0 V or the supply, there is nothing between. */
  readonly sources: readonly { readonly name: string; readonly pin: number }[];
  /** Analog inputs (0 is A0) that read a node. */
  readonly outputs: readonly { readonly name: string; readonly analogPin: number }[];
  /** What a code of 1024 would be [V]. @default 5 */
  readonly supplyVolts?: number;
  /** Reports of the inputs that pass while the nodes settle, 10 ms each. @default 0 */
  readonly settleReports?: number;
  /** Longest silence of the board that is waited for [s]. @default 10 */
  readonly patienceSeconds?: number;
};

const CODES = 1024;
const LARGEST_BATCH = 4096;

/**
 * A network of up/down potentiometers on a board with StandardFirmata. Nothing can be read back from such a potentiometer: each is
 * driven to position 0 at the start and counted from there, after StandardFirmata has made all pins low, which may move it by one.
 *
 * @throws RangeError when a pin has two uses
 * @throws BoardUnreachableError when the port does not open or no StandardFirmata answers in time
 */
export async function openFirmataSystem(options: FirmataSystemOptions): Promise<PhysicalSystem> {
  const { port: binding, pots, sources, outputs, supplyVolts = 5, settleReports = 0, patienceSeconds = 10 } = options;
  checkPins(options);
  const board = await openFirmataBoard({ port: binding, analogPins: outputs.map(({ analogPin }) => analogPin), patienceSeconds });
  const positions = new Int32Array(pots.length);
  /** Moves one potentiometer; a few bytes at a time, as the board has no way to say stop. */
  const step = async (pot: UpDownPot, steps: number): Promise<void> => {
    board.write(stepLevels(pot, steps));
    await board.carriedOut();
  };
  try {
    // StandardFirmata makes a pin low when it becomes an output: the clocks first, so that none falls while a chip is selected by that.
    for (const pin of new Set(pots.flatMap(({ pins }) => [pins.clock, pins.direction]))) board.makeOutput(pin);
    for (const { pins } of pots) {
      board.makeOutput(pins.select);
      board.write([{ pin: pins.select, level: 1 }]);
    }
    for (const { pin } of sources) board.makeOutput(pin);
    for (const pot of pots) await step(pot, -pot.part.positions);
    for (const [i, pot] of pots.entries()) {
      const lowest = pot.lowestPosition ?? 1;
      await step(pot, lowest);
      positions[i] = lowest;
    }
  } catch (error) {
    await board.close();
    throw error;
  }

  const ports = {
    inputs: sources.map(({ name }): Port => ({ name, unit: "V", size: 1, min: 0, max: supplyVolts, levels: 2 })),
    parameters: pots.map(({ name, part, lowestPosition: min = 1 }): Port => {
      const max = part.positions - 1;
      return { name, unit: "position", size: 1, min, max, levels: max - min + 1 };
    }),
    outputs: outputs.map(({ name }): Port => ({ name, unit: "V", size: 1, min: 0, max: supplyVolts })),
  };
  const exclusive = createExclusive();
  let revision = 0;
  let disposed = false;
  const usable = (signal: AbortSignal | undefined): void => {
    throwIfAborted(signal, "The call");
    if (disposed) throw new AbortedError(`The board on ${binding.name}`);
  };

  return {
    ports,
    traits: { repeatable: false, remote: true, largestBatch: LARGEST_BATCH },
    stages: [{ name: "outputs", width: outputs.length }],
    program: async (parameters, call) => {
      usable(call?.signal);
      checkParameters(ports.parameters, parameters);
      const wanted = Array.from(parameters, Math.round);
      return exclusive(async () => {
        for (const [i, pot] of pots.entries()) {
          await step(pot, (wanted[i] as number) - (positions[i] as number));
          positions[i] = wanted[i] as number;
        }
        revision += 1;
        return revision as Revision;
      });
    },
    respond: async (inputs, call) => {
      usable(call?.signal);
      checkInputs(ports.inputs, inputs, LARGEST_BATCH);
      const { count } = rowsOf(inputs);
      return exclusive(async () => {
        const measured = new Float32Array(count * outputs.length);
        for (let row = 0; row < count; row += 1) {
          usable(call?.signal);
          const volts = rowOf(inputs, row);
          board.write(sources.map(({ pin }, i) => ({ pin, level: (volts[i] as number) > supplyVolts / 2 ? 1 : 0 })));
          await board.carriedOut();
          const codes = await board.read(settleReports);
          measured.set(
            codes.map((code) => (code / CODES) * supplyVolts),
            row * outputs.length,
          );
        }
        return { revision: revision as Revision, stages: { outputs: createBatch(measured, [count, outputs.length]) } };
      });
    },
    [Symbol.asyncDispose]: async () => {
      if (disposed) return;
      disposed = true;
      await board.close();
    },
  };
}

function checkPins({ pots, sources, outputs }: FirmataSystemOptions): void {
  const selects = pots.map(({ pins }) => pins.select);
  const shared = new Set(pots.flatMap(({ pins }) => [pins.clock, pins.direction]));
  const single = [...selects, ...sources.map(({ pin }) => pin), ...outputs.map(({ analogPin }) => 14 + analogPin), ...shared];
  const twice = single.find((pin, i) => single.indexOf(pin) !== i);
  if (twice !== undefined) throw new RangeError(`Pin ${twice} has two uses`);
}
