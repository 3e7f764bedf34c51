import type { Channel, Circuit, Component } from "./build.ts";

/**
 * One channel between `in` and `x<number>`, all voltages about `mid`. With h, b and l for high-pass, band-pass and low-pass,
 *
 * s = −(in + b),   h = −(l + s / Q),   b = −(ω/s) h,   l = −(ω/s) b,   so that b = −in (ω/Q) s / (s² + (ω/Q) s + ω²):
 *
 * because the input comes in through the damping, the gain at the middle does not change with Q. An amplifier, a full-wave
 * rectifier downwards, RC of 10 ms, and an integrator that turns it upwards follow: `x` is `mid` plus the mean of a slot.
 */
export function channelCircuit(channel: Channel, number: number): Circuit {
  const place = 100 * number;
  const components: Component[] = [];
  const joins: Record<string, string> = {};
  const net = (name: string): string => (["in", "mid", "supply", "ground"].includes(name) ? name : `${name}${number}`);
  const add = (ref: string, part: string, purpose: string, pins: Readonly<Record<string, string>>): void => {
    components.push({ ref, part, purpose: `channel ${number}: ${purpose}` });
    for (const [pin, name] of Object.entries(pins)) joins[`${ref}.${pin}`] = name;
  };
  const resistor = (at: number, ohms: number, from: string, to: string, purpose: string): void =>
    add(`R${place + at}`, `resistor-${ohms}`, purpose, { 1: net(from), 2: net(to) });
  const capacitor = (at: number, part: string, from: string, to: string, purpose: string): void =>
    add(`C${place + at}`, `capacitor-${part}`, purpose, { 1: net(from), 2: net(to) });
  const feed = { VDD: "supply", VSS: "ground" };
  const bus = { SCK: "spi-clock", SDI: "spi-out", SDO: "spi-in", NC: "ground", SHDN: "supply" };

  add(`U${place + 1}`, "mcp6024", "filter", {
    ...feed,
    "INA-": net("sa"),
    "INA+": "mid",
    OUTA: net("s"),
    "INB-": net("ha"),
    "INB+": "mid",
    OUTB: net("h"),
    "INC-": net("ba"),
    "INC+": "mid",
    OUTC: net("b"),
    "IND-": net("la"),
    "IND+": "mid",
    OUTD: net("l"),
  });
  add(`U${place + 2}`, "mcp6024", "amplifier, rectifier, integrator", {
    ...feed,
    "INA+": net("bg"),
    "INA-": net("ya"),
    OUTA: net("y"),
    "INB-": net("pa"),
    "INB+": "mid",
    OUTB: net("po"),
    "INC-": net("ra"),
    "INC+": "mid",
    OUTC: net("r"),
    "IND-": net("xa"),
    "IND+": "mid",
    OUTD: net("x"),
  });
  add(`P${place + 1}`, "mcp4251-103", "frequency", {
    ...feed,
    ...bus,
    CS: `select-P${place + 1}`,
    P0A: net("h"),
    P0B: "mid",
    P0W: net("hw"),
    P1A: net("b"),
    P1B: "mid",
    P1W: net("bw"),
  });
  add(`P${place + 2}`, "mcp4251-103", "damping and gain", {
    ...feed,
    ...bus,
    CS: `select-P${place + 2}`,
    P0A: net("s"),
    P0B: "mid",
    P0W: net("sw"),
    P1A: net("b"),
    P1B: "mid",
    P1W: net("bg"),
  });

  resistor(1, 20e3, "in", "sa", "input");
  resistor(2, 20e3, "b", "sa", "band-pass back");
  resistor(3, 20e3, "sa", "s", "of the first sum");
  resistor(4, 49.9e3, "l", "ha", "low-pass back");
  resistor(5, 1e6, "s", "ha", "least damping, 0.05");
  resistor(6, 52.3e3, "sw", "ha", "damping of the potentiometer, 0.95");
  resistor(7, 49.9e3, "ha", "h", "of the second sum");
  resistor(8, channel.integratorOhms, "hw", "ba", "first integrator");
  capacitor(1, "1n", "ba", "b", "first integrator");
  resistor(9, channel.integratorOhms, "bw", "la", "second integrator");
  capacitor(2, "1n", "la", "l", "second integrator");
  resistor(10, channel.gainOhms, "ya", "y", "gain");
  resistor(11, 1e3, "ya", "yc", "gain");
  capacitor(3, "10u", "yc", "mid", "keeps offsets from being amplified");
  resistor(12, 10e3, "y", "pa", "rectifier");
  resistor(13, 10e3, "pa", "p", "rectifier");
  add(`D${place + 1}`, "1n4148", "rectifier, lower half", { A: net("po"), K: net("p") });
  add(`D${place + 2}`, "1n4148", "rectifier, upper half", { A: net("pa"), K: net("po") });
  resistor(14, 20e3, "y", "ra", "rectifier");
  resistor(15, 10e3, "p", "ra", "rectifier");
  resistor(16, 20e3, "ra", "r", "rectifier");
  resistor(17, 10e3, "r", "v", "envelope, 10 ms");
  capacitor(4, "1u", "v", "mid", "envelope, 10 ms");
  resistor(18, 787e3, "v", "vi", "mean of a slot of 80 ms");
  capacitor(5, "100n-film", "xa", "x", "mean of a slot of 80 ms");
  return { components, joins };
}
