import { didYouMean } from "@ohmwork/core";
import { type EdgeLaw, parameterRange } from "./edge-law.ts";
import type { JsonReader, NumberRule } from "./json-reader.ts";
import type { JsonNode } from "./json-source.ts";
import { ad5220, mcp4251, siliconDiode, transistorEdge, x9c303s } from "./parts.ts";

type Get = (key: string) => number;

/** How a law is written: its numbers with the rule of each (`default` where it may be left out), and the law they make. */
type LawForm = {
  readonly numbers: Readonly<Record<string, { readonly rule: NumberRule; readonly default?: number }>>;
  /** Key of the parameter; undefined where there is nothing to set. */
  readonly parameter?: "position" | "conductanceSiemens" | "gateVolts";
  make(get: Get): EdgeLaw;
};

const diode = siliconDiode();
const mosfet = transistorEdge();
const lowest = { rule: "whole", default: 0 } as const;

const lawForms: Readonly<Record<string, LawForm>> = {
  resistor: {
    numbers: { resistanceOhms: { rule: "positive" } },
    make: (get) => ({ law: "resistor", resistanceOhms: get("resistanceOhms") }),
  },
  conductor: {
    numbers: { minSiemens: { rule: "zero-or-more" }, maxSiemens: { rule: "positive" } },
    parameter: "conductanceSiemens",
    make: (get) => ({ law: "conductor", minSiemens: get("minSiemens"), maxSiemens: get("maxSiemens") }),
  },
  "linear-pot": {
    numbers: {
      endToEndOhms: { rule: "positive" },
      positions: { rule: "whole" },
      wiperOhms: { rule: "positive" },
      steps: { rule: "whole", default: 0 },
      lowestPosition: lowest,
    },
    parameter: "position",
    make: (get) => ({
      law: "linear-pot",
      endToEndOhms: get("endToEndOhms"),
      positions: get("positions"),
      wiperOhms: get("wiperOhms"),
      lowestPosition: get("lowestPosition"),
      steps: get("steps") === 0 ? get("positions") - 1 : get("steps"),
    }),
  },
  "log-pot": {
    numbers: {
      minOhms: { rule: "positive" },
      maxOhms: { rule: "positive" },
      positions: { rule: "whole" },
      lowestPosition: lowest,
    },
    parameter: "position",
    make: (get) => ({
      law: "log-pot",
      minOhms: get("minOhms"),
      maxOhms: get("maxOhms"),
      positions: get("positions"),
      lowestPosition: get("lowestPosition"),
    }),
  },
  ad5220: {
    numbers: { endToEndOhms: { rule: "positive" }, lowestPosition: lowest },
    parameter: "position",
    make: (get) => ({ ...ad5220(get("endToEndOhms")), lowestPosition: get("lowestPosition") }),
  },
  mcp4251: {
    numbers: { endToEndOhms: { rule: "positive" }, lowestPosition: lowest },
    parameter: "position",
    make: (get) => ({ ...mcp4251(get("endToEndOhms")), lowestPosition: get("lowestPosition") }),
  },
  x9c303s: {
    numbers: { lowestPosition: lowest },
    parameter: "position",
    make: (get) => ({ ...x9c303s(), lowestPosition: get("lowestPosition") }),
  },
  diode: {
    numbers: {
      saturationAmperes: { rule: "positive", default: diode.saturationAmperes },
      emissionCoefficient: { rule: "positive", default: diode.emissionCoefficient },
      thermalVolts: { rule: "positive", default: diode.thermalVolts },
      gminSiemens: { rule: "positive", default: 1e-12 },
    },
    make: (get) => ({
      law: "diode",
      saturationAmperes: get("saturationAmperes"),
      emissionCoefficient: get("emissionCoefficient"),
      thermalVolts: get("thermalVolts"),
      gminSiemens: get("gminSiemens"),
    }),
  },
  mosfet: {
    numbers: {
      amperesPerSquareVolt: { rule: "positive", default: mosfet.amperesPerSquareVolt },
      thresholdVolts: { rule: "any", default: mosfet.thresholdVolts },
      gminSiemens: { rule: "positive", default: mosfet.gminSiemens },
      minGateVolts: { rule: "any", default: mosfet.minGateVolts },
      maxGateVolts: { rule: "any", default: mosfet.maxGateVolts },
    },
    parameter: "gateVolts",
    make: (get) => ({
      law: "mosfet",
      amperesPerSquareVolt: get("amperesPerSquareVolt"),
      thresholdVolts: get("thresholdVolts"),
      gminSiemens: get("gminSiemens"),
      minGateVolts: get("minGateVolts"),
      maxGateVolts: get("maxGateVolts"),
    }),
  },
};

/** Names of the laws and parts that a network file can use. */
export const lawNames: readonly string[] = Object.keys(lawForms);

/** Numbers that are fine one by one and wrong together. */
function conflict(law: EdgeLaw): string | undefined {
  if (law.law === "linear-pot" || law.law === "log-pot") {
    if (law.positions < 2) return `positions must be 2 or more: ${law.positions}`;
    if ((law.lowestPosition ?? 0) >= law.positions) return `lowestPosition must be below positions: ${law.lowestPosition}`;
  }
  if (law.law === "log-pot" && law.maxOhms <= law.minOhms) return `maxOhms must be above minOhms: ${law.maxOhms}`;
  if (law.law === "conductor" && law.maxSiemens <= law.minSiemens)
    return `maxSiemens must be above minSiemens: ${law.maxSiemens}`;
  if (law.law === "mosfet" && law.maxGateVolts <= law.minGateVolts)
    return `maxGateVolts must be above minGateVolts: ${law.maxGateVolts}`;
  return undefined;
}

/** Law and parameter of one edge of a network file; a position that is left out is mid-scale, where these parts wake up. */
export function readEdgeLaw(reader: JsonReader, node: JsonNode, what: string): { law: EdgeLaw; parameter: number } {
  const lawNode = reader.required(node, "law", what);
  const name = reader.text(lawNode, `law of ${what}`);
  const form = Object.hasOwn(lawForms, name) ? lawForms[name] : undefined;
  if (form === undefined) return reader.fail(lawNode, `Unknown law "${name}" of ${what}${didYouMean(name, lawNames)}`);

  const known = [
    "name",
    "from",
    "to",
    "law",
    ...Object.keys(form.numbers),
    ...(form.parameter === undefined ? [] : [form.parameter]),
  ];
  const entries = reader.object(node, what, known);
  const law = form.make((key) => {
    const { rule, default: fallback } = form.numbers[key] as LawForm["numbers"][string];
    const given = entries.get(key);
    if (given === undefined && fallback !== undefined) return fallback;
    return reader.number(given ?? reader.required(node, key, what), `${key} of ${what}`, rule);
  });
  const wrong = conflict(law);
  if (wrong !== undefined) reader.fail(node, `${wrong} (${what})`);

  const range = parameterRange(law);
  if (form.parameter === undefined || range === undefined) return { law, parameter: 0 };
  const given = entries.get(form.parameter);
  if (given === undefined && range.levels !== undefined) return { law, parameter: Math.ceil((range.min + range.max) / 2) };
  const parameterNode = given ?? reader.required(node, form.parameter, what);
  const parameter = reader.number(parameterNode, `${form.parameter} of ${what}`, range.levels === undefined ? "any" : "whole");
  if (parameter < range.min || parameter > range.max)
    reader.fail(parameterNode, `${form.parameter} of ${what} must be ${range.min} to ${range.max}: ${parameter}`);
  return { law, parameter };
}
