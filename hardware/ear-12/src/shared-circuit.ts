import type { Circuit, Component, EarBuild } from "./build.ts";

/** Classes that the mixing network tells apart. */
const OUTPUTS = 3;

type Shared = { readonly circuit: Circuit; readonly open: readonly string[]; readonly edges: EarBuild["edges"] };

/** What the channels share: microphone, middle voltage, switches, mixing network, converters, selects and the board. */
export function sharedCircuit(channels: number): Shared {
  const components: Component[] = [];
  const joins: Record<string, string> = {};
  const add = (ref: string, part: string, purpose: string, pins: Readonly<Record<string, string>>): void => {
    components.push({ ref, part, purpose });
    for (const [pin, name] of Object.entries(pins)) joins[`${ref}.${pin}`] = name;
  };
  let resistors = 0;
  const resistor = (ohms: number, from: string, to: string, purpose: string): void => {
    resistors += 1;
    add(`R${resistors}`, `resistor-${ohms}`, purpose, { 1: from, 2: to });
  };
  const inputs = [...Array.from({ length: channels }, (_, k) => `x${k + 1}`), "mid", "ref"];

  add("A1", "arduino-nano", "programs the potentiometers, times the slots, reads the voltages", {
    "5V": "supply",
    GND: "ground",
    D5: "control-reset",
    D6: "control-integrate",
    D7: "control-enable",
    D8: "control-latch",
    D9: "select-U3",
    D10: "select-U2",
    D11: "spi-out",
    D12: "spi-in",
    D13: "spi-clock",
  });
  add("M1", "max9814", "microphone and gain control", { OUT: "mic", VDD: "supply", GND: "ground" });
  add("U1", "mcp6024", "middle voltage, high-pass, reference", {
    VDD: "supply",
    VSS: "ground",
    "INA+": "half",
    "INA-": "mid",
    OUTA: "mid",
    "INB+": "hp2",
    "INB-": "in",
    OUTB: "in",
    "INC+": "tenth",
    "INC-": "ref",
    OUTC: "ref",
    "IND+": "mid",
    "IND-": "spare",
    OUTD: "spare",
  });
  resistor(10e3, "supply", "half", "middle voltage");
  resistor(10e3, "half", "ground", "middle voltage");
  add("C1", "capacitor-10u", "middle voltage", { 1: "half", 2: "ground" });
  resistor(40.2e3, "supply", "tenth", "reference, 0.5 V above the middle");
  resistor(10e3, "tenth", "mid", "reference, 0.5 V above the middle");
  add("C2", "capacitor-10n", "high-pass, 180 Hz", { 1: "mic", 2: "hp1" });
  add("C3", "capacitor-10n", "high-pass, 180 Hz", { 1: "hp1", 2: "hp2" });
  resistor(61.9e3, "hp1", "in", "high-pass, 180 Hz");
  resistor(124e3, "hp2", "mid", "high-pass, 180 Hz");

  for (let k = 1; k <= channels; k += 1) {
    const ref = `U${10 + Math.ceil(k / 2)}`;
    const [integrate, reset] = k % 2 === 1 ? [1, 2] : [3, 4];
    if (k % 2 === 1) add(ref, "cd74hc4066", `integrates and resets channels ${k} and ${k + 1}`, { VCC: "supply", GND: "ground" });
    Object.assign(joins, {
      [`${ref}.${integrate}Y`]: `vi${k}`,
      [`${ref}.${integrate}Z`]: `xa${k}`,
      [`${ref}.${integrate}E`]: "control-integrate",
      [`${ref}.${reset}Y`]: `xa${k}`,
      [`${ref}.${reset}Z`]: `x${k}`,
      [`${ref}.${reset}E`]: "control-reset",
    });
  }

  const edges = Array.from({ length: OUTPUTS }, (_, j) => inputs.map((from) => ({ from, to: `o${j + 1}` })))
    .flat()
    .map((edge, e) => ({ ...edge, pot: `P${1 + Math.floor(e / 2)}`, wiper: e % 2 }));
  for (const [e, { from, to, pot, wiper }] of edges.entries()) {
    if (wiper === 0) {
      const next = edges[e + 1];
      add(pot, "mcp4251-104", `edges ${from}-${to} and ${next?.from}-${next?.to}`, {
        VDD: "supply",
        VSS: "ground",
        NC: "ground",
        SHDN: "supply",
        CS: `select-${pot}`,
        SCK: "spi-clock",
        SDI: "spi-out",
        SDO: "spi-in",
      });
    }
    Object.assign(joins, { [`${pot}.P${wiper}W`]: from, [`${pot}.P${wiper}B`]: to });
  }
  const open = edges.map(({ pot, wiper }) => `${pot}.P${wiper}A`);

  const read = [...inputs.slice(0, -1), ...Array.from({ length: OUTPUTS }, (_, j) => `o${j + 1}`)];
  for (const [chip, ref] of ["U2", "U3"].entries()) {
    add(ref, "mcp3208", `reads ${read.slice(8 * chip, 8 * chip + 8).join(", ")}`, {
      VDD: "supply",
      VREF: "supply",
      AGND: "ground",
      DGND: "ground",
      CS: `select-${ref}`,
      CLK: "spi-clock",
      DIN: "spi-out",
      DOUT: "spi-in",
      ...Object.fromEntries(read.slice(8 * chip, 8 * chip + 8).map((name, channel) => [`CH${channel}`, name])),
    });
  }

  const filters = Array.from({ length: channels }, (_, k) => [`P${100 * (k + 1) + 1}`, `P${100 * (k + 1) + 2}`]).flat();
  const pots = [...filters, ...new Set(edges.map(({ pot }) => pot))];
  const registers = Math.ceil(pots.length / 8);
  for (let r = 0; r < registers; r += 1) {
    const ref = `U${4 + r}`;
    const own = pots.slice(8 * r, 8 * r + 8);
    add(ref, "sn74hc595", `selects ${own.join(", ")}`, {
      VCC: "supply",
      GND: "ground",
      SRCLR: "supply",
      OE: "control-enable",
      RCLK: "control-latch",
      SRCLK: "spi-clock",
      SER: r === 0 ? "spi-out" : `control-chain${r}`,
      ...Object.fromEntries(own.map((pot, output) => [`Q${"ABCDEFGH"[output]}`, `select-${pot}`])),
    });
    if (r + 1 < registers) joins[`${ref}.QH'`] = `control-chain${r + 1}`;
    else open.push(`${ref}.QH'`);
    for (let output = own.length; output < 8; output += 1) open.push(`${ref}.Q${"ABCDEFGH"[output]}`);
  }
  for (const chip of ["U2", "U3", ...pots]) resistor(10e3, "supply", `select-${chip}`, `holds ${chip} unselected`);
  resistor(10e3, "supply", "control-enable", "holds all unselected");
  resistor(10e3, "supply", "control-reset", "holds the integrators at their start");
  resistor(10e3, "control-integrate", "ground", "holds the integrators apart");
  resistor(10e3, "supply", "spi-in", "quiet where no chip answers");

  const chips = 1 + 2 + registers + Math.ceil(channels / 2) + pots.length + 2 * channels;
  for (let i = 1; i <= chips; i += 1)
    add(`C${2000 + i}`, "capacitor-100n", "at the supply of a chip", { 1: "supply", 2: "ground" });
  for (let i = 0; i < 4; i += 1) add(`C${4 + i}`, "capacitor-10u", "at the supply rails", { 1: "supply", 2: "ground" });
  for (let i = 1; i <= 12; i += 1) components.push({ ref: `B${i}`, part: "breadboard", purpose: "carries the circuit" });
  for (let i = 1; i <= 7; i += 1) components.push({ ref: `W${i}`, part: "jumper-wires", purpose: "wires" });
  components.push(
    { ref: "K1", part: "usb-cable", purpose: "feeds the board" },
    { ref: "T1", part: "multimeter", purpose: "bring-up" },
  );
  return { circuit: { components, joins }, open, edges };
}
