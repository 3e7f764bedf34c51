import { createAnalog } from "./analog.ts";
import type { ReportFault } from "./bus-faults.ts";
import { createI2cBus, type I2cBus } from "./i2c-bus.ts";
import type { BoardImperfections, BoardOffsets } from "./imperfections.ts";
import { createMcp3208, MCP3208_FASTEST_HERTZ } from "./mcp3208.ts";
import { createMcp4251, type Mcp4251 } from "./mcp4251.ts";
import { createMcp4728 } from "./mcp4728.ts";
import { createShiftRegister } from "./shift-register.ts";
import type { FaultyWiring } from "./wiring-fault.ts";

/** How long the chips of a kind were selected or addressed since power came [s]. */
export type ChipSeconds = { readonly converter: number; readonly pots: number; readonly dacs: number };

/** The powered chips of the bench and the circuit behind them, as the pins of the board see them. */
export interface Bench {
  /** Pins of the board that the bench listens to, with the level that their resistors give them while the board does not drive them. */
  readonly pins: ReadonlyMap<string, boolean>;
  readonly setPin: (pin: string, high: boolean) => void;
  /** Pin on which the board sees SDA. */
  readonly dataPin: string;
  /** Ends a byte on the SPI bus, whose clock runs at `hertz`; returns what came back. */
  readonly exchange: (mosi: number, hertz: number) => number;
  readonly i2c: I2cBus;
  /** Present voltage of a node [V]. */
  volts(node: number): number;
  position(edge: number): number;
  /** @throws RangeError when there is no potentiometer chip of this name */
  powerCyclePot(ref: string): void;
  chipSeconds(): ChipSeconds;
}

export type BenchOptions = {
  readonly bench: FaultyWiring;
  readonly imperfections: BoardImperfections;
  readonly offsets?: BoardOffsets;
  readonly seed: number;
  readonly report: ReportFault;
  /** Board time [s]. */
  readonly now: () => number;
};

const FLOATING = 0xff;

/** The chips as they are when power comes. */
export function createBench({ bench, imperfections, offsets, seed, report, now }: BenchOptions): Bench {
  const { wiring } = bench;
  const { potLatch, potSelectOff, converterSelect, data, clock } = wiring.pins;
  const changed = (): void => analog.change(now());
  const pots = wiring.pots.map(({ ref }) => createMcp4251(ref, report, changed));
  const dacs = wiring.dacs.map(({ ref }) => createMcp4728(ref, wiring.supplyVolts, report, changed));
  const register = createShiftRegister();
  const closed = wiring.clamps.map(() => false);
  const analog = createAnalog({
    bench,
    imperfections,
    ...(offsets !== undefined && { offsets }),
    seed,
    pots,
    dacs,
    isClosed: (clamp) => closed[clamp] === true,
  });

  const converter = createMcp3208(wiring.converter, report, (sample) => analog.convert(sample));
  const i2c = createI2cBus(new Map(wiring.dacs.map(({ address }, k) => [address, dacs[k] as (typeof dacs)[number]])), report);

  let converterIsSelected = false;
  let potOutputs = 0xff;
  const isSelected = (pot: number): boolean =>
    bench.isUnselectable[pot] !== true && ((potOutputs >> (wiring.pots[pot]?.output ?? 0)) & 1) === 0;
  const spent = { converter: 0, pots: 0, dacs: 0 };
  let accountedSeconds = now();
  const account = (): void => {
    const seconds = now() - accountedSeconds;
    accountedSeconds += seconds;
    if (converterIsSelected) spent.converter += seconds;
    if (potOutputs !== 0xff) spent.pots += seconds;
    if (i2c.isBusy()) spent.dacs += seconds;
  };

  const updatePots = (byLatch: boolean): void => {
    const before = pots.map((_, k) => isSelected(k));
    potOutputs = register.outputs();
    for (const [k, pot] of pots.entries()) {
      if (isSelected(k) && before[k] !== true) pot.select();
      else if (!isSelected(k) && before[k] === true) pot.deselect(byLatch);
    }
  };
  const selectedNames = (): readonly string[] => [
    ...(converterIsSelected ? [wiring.converter] : []),
    ...wiring.pots.filter((_, k) => isSelected(k)).map(({ ref }) => ref),
  ];

  const pins = new Map([
    [potLatch, false],
    [potSelectOff, true],
    [converterSelect, true],
    [clock, true],
    ...wiring.clamps.map(({ pin }) => [pin, false] as const),
  ]);
  const levels = new Map(pins);
  return {
    pins,
    dataPin: data,
    setPin: (pin, high) => {
      if (levels.get(pin) === high) return;
      levels.set(pin, high);
      account();
      if (pin === clock && high) i2c.clock();
      if (pin === potLatch) register.setLatchClock(high);
      if (pin === potSelectOff) register.setOutputEnable(!high);
      if (pin === potLatch || pin === potSelectOff) updatePots(pin === potLatch);
      if (pin === converterSelect) {
        converterIsSelected = !high;
        if (high) converter.deselect();
        else converter.select();
      }
      for (const [k, clamp] of wiring.clamps.entries()) {
        if (clamp.pin !== pin) continue;
        closed[k] = high;
        changed();
      }
    },
    exchange: (mosi, hertz) => {
      register.shift(mosi);
      const names = selectedNames();
      if (names.length > 1) report(`SPI: ${names.join(" and ")} selected at once`);
      if (converterIsSelected && hertz > MCP3208_FASTEST_HERTZ)
        report(`${wiring.converter} (MCP3208): clock of ${hertz / 1e6} MHz, limit ${MCP3208_FASTEST_HERTZ / 1e6} MHz`);
      // Of several drivers on the line the low one wins.
      let miso = FLOATING;
      if (converterIsSelected) miso &= converter.exchange(mosi, now(), 1 / hertz);
      for (let k = 0; k < pots.length; k += 1) if (isSelected(k)) miso &= (pots[k] as Mcp4251).exchange(mosi);
      return miso;
    },
    i2c: {
      ...i2c,
      start: () => {
        account();
        i2c.start();
      },
      stop: () => {
        account();
        i2c.stop();
      },
    },
    volts: (node) => analog.volts(node, now()),
    position: (edge) => {
      const wired = wiring.edges[edge];
      return wired === undefined ? Number.NaN : (pots[wired.pot] as Mcp4251).position(wired.wiper);
    },
    powerCyclePot: (ref) => {
      const pot = pots[wiring.pots.findIndex((one) => one.ref === ref)];
      if (pot === undefined) throw new RangeError(`Unknown potentiometer "${ref}"`);
      pot.powerCycle();
    },
    chipSeconds: () => {
      account();
      return { ...spent };
    },
  };
}
