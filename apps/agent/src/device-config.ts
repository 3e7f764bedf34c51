import { BadInputError } from "@ohmwork/core";
import { loadConfig } from "@ohmwork/runtime";
import { deviceIdSchema, idSchema } from "@ohmwork/wire";
import { z } from "zod";
import { UNKNOWN } from "./sensor/decision.ts";

/** What a device config file says; docs/device-config.md describes each key. */
export type DeviceConfig = {
  readonly fleet: string;
  readonly device: string;
  readonly broker: string;
  /** The file by which the device proves who it is, from where the config stands. */
  readonly credentials?: string;
  /** What it learns in place; or else: */
  readonly recipe?: string;
  /** The simulated system that a trainer drives, for a task and its data, and which of its devices this one is. */
  readonly system?: string;
  readonly task?: string;
  readonly data?: string;
  readonly part?: string;
  readonly gapScale?: number;
  readonly tolerance?: number;
  /** What makes an ear a sensor: where its sound comes from, what it can take it for, and what it keeps of it. */
  readonly microphone?: Microphone;
  readonly classes?: readonly string[];
  readonly slots?: 1 | 3;
  readonly threshold?: number;
  readonly evidence?: "none" | { readonly mebibytes?: number; readonly days?: number };
  readonly port: string;
  readonly seed: number;
  readonly steps?: number;
  readonly progressSeconds?: number;
  readonly groups?: readonly string[];
  /** Public keys, each in 64 hexadecimal digits. */
  readonly updateKeys?: readonly string[];
};

/** ALSA's name of a device, a WAV file or folder of them from where the config stands, or a simulated room in which vowels are said. */
export type Microphone = "virtual" | { readonly arecord: string } | { readonly files: string };

/** What stands in the way of a port, if anything does. */
function refusalOfPort(port: string): string | undefined {
  if (port === "simulated" || port === "virtual" || /^(\/dev\/\S+|COM\d+)$/.test(port)) return undefined;
  return `expected simulated, virtual or a serial port such as /dev/ttyACM0, received ${JSON.stringify(port)}`;
}

const keysWith = {
  recipe: ["steps", "progressSeconds"],
  system: ["task", "data", "part", "gapScale", "tolerance", "microphone", "classes", "slots", "threshold", "evidence"],
} as const;
const keysOfSensors = ["classes", "slots", "threshold", "evidence"] as const;
const keysOfDriven = ["task", "data", "part"] as const;

/** Each key that does not go with what the device is, and what was expected of it. */
function misplacedKeys(config: DeviceConfig): { key: keyof DeviceConfig; expected: string }[] {
  const { recipe, system, task, port, microphone, classes } = config;
  if (recipe === undefined && system === undefined) return [{ key: "recipe", expected: "expected it, or system in its place" }];
  if (recipe !== undefined && system !== undefined) return [{ key: "system", expected: "expected either it or recipe" }];
  const others = recipe === undefined ? keysWith.recipe : keysWith.system;
  const what = recipe === undefined ? "recipe" : "system";
  return [
    ...others.flatMap((key) => (config[key] === undefined ? [] : [{ key, expected: `expected only with ${what}` }])),
    ...(system === undefined ? [] : microphone === undefined ? keysOfSensors : keysOfDriven).flatMap((key) =>
      config[key] === undefined
        ? []
        : [{ key, expected: `expected only with${microphone === undefined ? "" : "out"} microphone` }],
    ),
    ...(microphone !== undefined && classes === undefined
      ? [{ key: "classes" as const, expected: "expected with microphone: what the sensor can take a sound for" }]
      : []),
    ...(system !== undefined && microphone === undefined && task === undefined
      ? [{ key: "task" as const, expected: "expected with system: the task that its network is for" }]
      : []),
    ...(system !== undefined && port !== "simulated"
      ? [{ key: "port" as const, expected: `expected simulated with system, received ${JSON.stringify(port)}` }]
      : []),
  ];
}

const configKeys = z.strictObject({
  fleet: idSchema,
  device: deviceIdSchema,
  broker: z.string().regex(/^(mqtts?|wss?):\/\/\S+$/, "expected an MQTT address such as mqtt://localhost:1883"),
  credentials: z.exactOptional(z.string().min(1)),
  recipe: z.exactOptional(z.string().min(1)),
  system: z.exactOptional(z.string().min(1)),
  task: z.exactOptional(z.string().min(1)),
  data: z.exactOptional(z.string().min(1)),
  part: z.exactOptional(z.string().min(1)),
  gapScale: z.exactOptional(z.number().min(0).max(100)),
  microphone: z.exactOptional(
    z.union(
      [z.literal("virtual"), z.strictObject({ arecord: z.string().min(1) }), z.strictObject({ files: z.string().min(1) })],
      "expected virtual, {arecord: device} or {files: folder}",
    ),
  ),
  classes: z.exactOptional(
    z
      .array(z.string().min(1).max(36))
      .min(2)
      .max(64)
      .refine((classes) => new Set(classes).size === classes.length, "expected each class once")
      .refine(
        (classes) => !classes.includes(UNKNOWN),
        `expected none of them to be ${UNKNOWN}: that is the answer when it is not sure`,
      ),
  ),
  slots: z.exactOptional(z.union([z.literal(1), z.literal(3)], "expected 1 or 3")),
  threshold: z.exactOptional(z.number().min(0).max(1)),
  evidence: z.exactOptional(
    z.union(
      [
        z.literal("none"),
        z.strictObject({
          mebibytes: z.exactOptional(z.number().min(1).max(65_536)),
          days: z.exactOptional(z.number().min(0.01).max(3650)),
        }),
      ],
      "expected none, or {mebibytes: 64, days: 7}",
    ),
  ),
  tolerance: z.exactOptional(z.number().min(0).max(0.3)),
  port: z.string().superRefine((port, context) => {
    const refusal = refusalOfPort(port);
    if (refusal !== undefined) context.addIssue({ code: "custom", message: refusal });
  }),
  seed: z.int().min(0).max(0xffff_ffff),
  steps: z.exactOptional(z.int().min(1)),
  progressSeconds: z.exactOptional(z.number().min(0.05).max(3600)),
  groups: z.exactOptional(z.array(idSchema).max(64)),
  updateKeys: z.exactOptional(z.array(z.string().regex(/^[0-9a-f]{64}$/, "expected keys of 64 hexadecimal digits")).max(64)),
});

export const deviceConfigSchema: z.ZodType<DeviceConfig> = configKeys.superRefine((config, context) => {
  for (const { key, expected } of misplacedKeys(config)) context.addIssue({ code: "custom", path: [key], message: expected });
});

/**
 * Reads the config of one device; `board` takes the place of its `port`.
 *
 * @throws BadInputError in one line that names the file and the line, or `--board`
 */
export function loadDeviceConfig(file: string, board?: string): DeviceConfig {
  if (board === undefined) return loadConfig(file, deviceConfigSchema);
  const refusal = refusalOfPort(board);
  if (refusal !== undefined) throw new BadInputError(`--board: ${refusal}`);
  return loadConfig(file, deviceConfigSchema, { port: board });
}
