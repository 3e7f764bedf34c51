import type { Clock } from "@ohmwork/core";
import type { MqttConnection } from "@ohmwork/runtime";
import { encode, type Label, longestMessageBytes, messages, topicOf } from "@ohmwork/wire";
import { type CommandHandlers, done, notDone, type Outcome } from "../commands.ts";
import type { SensorSpec } from "../device.ts";
import { publishWhole } from "../whole-messages.ts";
import { UNKNOWN } from "./decision.ts";
import type { EvidenceStore } from "./evidence-store.ts";

export type EvidenceCommandOptions = {
  readonly device: { readonly fleet: string; readonly id: string };
  readonly sensor: Pick<SensorSpec, "classes">;
  readonly boot: string;
  readonly connection: MqttConnection;
  readonly clock: Clock;
  readonly evidence?: EvidenceStore;
  /** Two sounds were answered so shortly after each other that nobody can say which one a person means. */
  readonly isAmbiguous: () => boolean;
};

/** What people ask of the sounds that a sensor has kept. */
export function evidenceCommands(options: EvidenceCommandOptions): Required<Pick<CommandHandlers, "evidence" | "learn-this">> {
  const { device, sensor, boot, connection, clock, evidence } = options;
  const gone = (id: string | undefined): Outcome => {
    if (evidence === undefined) return notDone("no-evidence", "This sensor keeps no sounds");
    return notDone("gone", id === undefined ? "There is no sound yet" : `The sound behind answer ${id} is not here any more`);
  };

  return {
    evidence: async ({ id }, { request }) => {
      const found = evidence?.find(id);
      if (found === undefined) return gone(id);
      const { measured, likeliest: _, said: __, ...told } = found.evidence;
      const rows = Object.fromEntries(Object.entries(measured).map(([name, row]) => [name, Float32Array.from(row)]));
      const payload = encode("evidence", { boot, request, ...told, wav: found.wav, measured: rows }, longestMessageBytes);
      await publishWhole(connection, "evidence", device, payload, request);
      return done({ id: told.id, bytes: found.wav.length });
    },
    "learn-this": async ({ label: given, evidence: id }, { by }) => {
      if (id === undefined && options.isAmbiguous())
        return notDone("ambiguous", "Two sounds were answered within a second: name the evidence of one");
      const found = evidence?.find(id);
      if (evidence === undefined || found === undefined) return gone(id);
      const { id: sample, label: heard, suspect } = found.evidence;
      const label = given ?? heard;
      if (label === UNKNOWN)
        return notDone("needs-label", `It was not known what that was: expected one of ${sensor.classes.join(", ")}`);
      if (!sensor.classes.includes(label)) {
        return notDone("unknown-label", `"${label}" is not among ${sensor.classes.join(", ")}`.slice(0, 1000));
      }
      if (suspect) return notDone("suspect", "That sound may not be what was heard: nothing is learned from it");
      const message: Label = { sample, label, by, at: Math.floor(clock.now()) };
      const topic = topicOf({ kind: "label", fleet: device.fleet, device: device.id });
      evidence.amend(sample, { said: label });
      await connection.publish(topic, encode("label", message), messages.label);
      return done({ evidence: sample, label });
    },
  };
}
