import type { Build, Net, PinKind } from "./build.ts";
import { type BuildIndex, indexBuild, type PlacedPin } from "./build-index.ts";

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, i) => names.indexOf(name) !== i))];
}

function listProblems(build: Build, { pins }: BuildIndex): string[] {
  const parts = build.parts.map(({ id }) => id);
  return [
    ...repeated(parts).map((id) => `Part ${id} is described twice`),
    ...repeated(build.components.map(({ ref }) => ref)).map((ref) => `Component ${ref} is placed twice`),
    ...repeated(build.nets.map(({ name }) => name)).map((name) => `Net ${name} is described twice`),
    ...build.parts.flatMap((part) =>
      repeated(part.pins.map(({ name }) => name)).map((pin) => `Part ${part.id} has two pins ${pin}`),
    ),
    ...build.parts.flatMap((part) =>
      repeated(part.pins.map(({ number }) => number)).map((number) => `Part ${part.id} has two pins with number ${number}`),
    ),
    ...build.components.filter(({ part }) => !parts.includes(part)).map(({ ref, part }) => `${ref} is of unknown part ${part}`),
    ...[...build.nets.flatMap((net) => net.pins), ...build.open]
      .filter((at) => !pins.has(at))
      .map((at) => `There is no pin ${at}`),
  ];
}

function useProblems(build: Build, { pins, netsOfPin }: BuildIndex): string[] {
  const problems = build.nets.flatMap((net) => repeated(net.pins).map((at) => `Pin ${at} is used twice: in net ${net.name}`));
  for (const { at, pin } of pins.values()) {
    const places = [...new Set((netsOfPin.get(at) ?? []).map(({ name }) => name)), ...(build.open.includes(at) ? ["open"] : [])];
    if (places.length > 1) problems.push(`Pin ${at} is used twice: ${places.join(" and ")}`);
    if (pin.kind === "spare" || pin.kind === "supply" || pin.kind === "ground") continue;
    if (places.length === 0) problems.push(`Pin ${at} is unconnected`);
    if (pin.kind === "input" && build.open.includes(at)) problems.push(`Input ${at} is left open`);
  }
  return problems;
}

function feedProblems({ pins, netOf }: BuildIndex): string[] {
  const problems: string[] = [];
  for (const { at, component, pin } of pins.values()) {
    if (pin.kind !== "supply" && pin.kind !== "supply-output" && pin.kind !== "ground") continue;
    const wanted = pin.kind === "ground" ? "ground" : "supply";
    const net = netOf(at);
    if (net?.role !== wanted)
      problems.push(`${component.ref} has no ${wanted}: ${pin.name} is ${net === undefined ? "unconnected" : `on ${net.name}`}`);
  }
  return problems;
}

/** Whether a resistor joins the net to the supply or the ground. */
function isPulled(net: Net, index: BuildIndex): boolean {
  return net.pins.some((at) => {
    const placed = index.pins.get(at);
    if (placed?.part.kind !== "resistor") return false;
    return ["1", "2"].some((pin) => {
      const role = index.netOf(`${placed.component.ref}.${pin}`)?.role;
      return role === "supply" || role === "ground";
    });
  });
}

function driverProblems(build: Build, index: BuildIndex): string[] {
  const problems: string[] = [];
  for (const net of build.nets) {
    const placed = net.pins.map((at) => index.pins.get(at)).filter((pin): pin is PlacedPin => pin !== undefined);
    const of = (...kinds: PinKind[]): PlacedPin[] => placed.filter(({ pin }) => kinds.includes(pin.kind));
    const strong = of("output", "supply-output");
    const shared = of("tristate", "open-drain");
    const driving = [...strong, ...shared].map(({ at }) => at);
    if (placed.length < 2) problems.push(`Net ${net.name} joins ${placed.length} pin`);
    if (strong.length > 1 || (strong.length === 1 && shared.length > 0))
      problems.push(`Output drives output in net ${net.name}: ${driving.join(", ")}`);
    if (net.role === "ground" && driving.length > 0) problems.push(`Output drives ground: ${driving.join(", ")}`);
    if (net.role === "supply" && (strong.length !== 1 || strong[0]?.pin.kind !== "supply-output"))
      problems.push(`Net ${net.name} needs one source of supply: ${driving.join(", ") || "none"}`);
    if (strong.length > 0 || net.role === "ground" || net.role === "supply") continue;
    if (shared.length > 0 && !isPulled(net, index)) problems.push(`Net ${net.name} has no pull-up: ${driving.join(", ")}`);
    if (shared.length === 0 && of("input").length > 0 && net.role === "signal") problems.push(`Nothing drives net ${net.name}`);
  }
  return problems;
}

/** What must stand still before the firmware runs: selects and enables that the board drives. */
function resetProblems(build: Build, index: BuildIndex): string[] {
  const enables = [
    ...[...index.pins.values()].filter(({ pin }) => pin.name === "CS" || pin.name === "OE").map(({ at }) => at),
    ...build.clamps.map((clamp) => `${clamp.switch}.${clamp.switchNumber}E`),
  ];
  return enables.flatMap((at) => {
    const net = index.netOf(at);
    return net === undefined || isPulled(net, index) ? [] : [`Nothing holds ${at} before the firmware runs: net ${net.name}`];
  });
}

function decouplingProblems(build: Build, { pins, netOf }: BuildIndex): string[] {
  const isSmall = (ref: string): boolean => (pins.get(`${ref}.1`)?.part.facts["farads"] ?? 0) === 100e-9;
  const bypasses = build.components.filter(({ ref }) => {
    const roles = [netOf(`${ref}.1`)?.role, netOf(`${ref}.2`)?.role];
    return isSmall(ref) && roles.includes("supply") && roles.includes("ground");
  });
  const chips = new Set(
    [...pins.values()]
      .filter(({ part, pin }) => part.kind === "chip" && pin.kind === "supply")
      .map(({ component }) => component.ref),
  );
  return bypasses.length >= chips.size
    ? []
    : [`${chips.size} chips share ${bypasses.length} capacitors of 100 nF at their supply`];
}

/** What is wrong with parts, pins and nets, whatever they are for; nothing if the build is right. */
export function wiringProblems(build: Build): string[] {
  const index = indexBuild(build);
  return [
    ...listProblems(build, index),
    ...useProblems(build, index),
    ...feedProblems(index),
    ...driverProblems(build, index),
    ...resetProblems(build, index),
    ...decouplingProblems(build, index),
  ];
}
