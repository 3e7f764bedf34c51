import type { DeviceConfig, DrawnChannel, DrivenDevice, SensorSpec } from "@ohmwork/agent";
import { defaultDecision } from "@ohmwork/agent";
import { BadInputError, didYouMean, widthOf } from "@ohmwork/core";
import {
  createEar,
  ear12,
  ear8,
  type EarDesign,
  type EarOptions,
  earTimings,
  realisticEarGap,
  startCodes,
} from "@ohmwork/systems";
import { type ClipLayout, clipLayouts } from "@ohmwork/tasks";
import { readDecision } from "./decision-file.ts";

export type SensorDevice = DrivenDevice & { readonly sensor: SensorSpec; readonly rest: Float32Array };

/** 1 / Q where a damping potentiometer is at its end (docs/ear.md). */
const LEAST_DAMPING = 0.05;

const designs = { "ear-12": ear12, "ear-8": ear8 } as const;

/** The ear of a config as it is drawn. @throws BadInputError in one line that names the file */
export function designOf({ system = "", slots = 3 }: DeviceConfig, file: string): EarDesign {
  const name = Object.keys(designs).find((one) => one === system) as keyof typeof designs | undefined;
  if (name === undefined)
    throw new BadInputError(`${file}: System "${system}" does not hear${didYouMean(system, Object.keys(designs))}`, {
      where: file,
    });
  return designs[name](slots === 1 ? earTimings.gated : earTimings.slots);
}

export const layoutOf = ({ slots = 3 }: DeviceConfig): ClipLayout => (slots === 1 ? clipLayouts.gated : clipLayouts.slots);

/** The channels of an ear at the codes that it is programmed with, as they would be if all parts were as drawn. */
export function drawnChannels({ channels }: EarDesign, codes: Float32Array): DrawnChannel[] {
  const count = channels.length;
  return channels.map(({ fullHertz, fullGain }, k) => ({
    hertz: fullHertz * (codes[k] as number),
    quality: 1 / (LEAST_DAMPING + (1 - LEAST_DAMPING) * (codes[count + k] as number)),
    gain: fullGain * (codes[2 * count + k] as number),
  }));
}

/** Its board, with the errors of its parts. */
function boardOfConfig({ seed, gapScale, tolerance }: DeviceConfig, design: EarDesign): EarOptions {
  return {
    design,
    seed,
    ...(gapScale !== undefined && { gapScale }),
    ...(tolerance !== undefined && { gap: { ...realisticEarGap, tolerance } }),
  };
}

/**
 * The sensor of a config: a simulated ear whose mixer has not learned anything until a set is committed.
 *
 * @param state folder in which it keeps how its scores become probabilities
 * @throws BadInputError in one line that names the file
 */
export function createSensorDevice(config: DeviceConfig, file: string, state?: string): SensorDevice {
  const { fleet, device: id, classes = [], groups, threshold, system = "" } = config;
  const design = designOf(config, file);
  const ear = createEar({ ...boardOfConfig(config, design), classes: classes.length });
  const rest = new Float32Array(widthOf(ear.ports.parameters));
  rest.set(startCodes(design));
  const decision = {
    ...defaultDecision,
    ...(state !== undefined && readDecision(state)),
    ...(threshold !== undefined && { threshold }),
  };
  return {
    fleet,
    id,
    system: ear,
    systemName: `${system}, simulated`,
    rest,
    sensor: { task: "sounds", classes, layout: layoutOf(config), decision },
    ...(groups !== undefined && { groups }),
  };
}
