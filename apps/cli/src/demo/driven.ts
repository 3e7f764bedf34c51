/** What stands beside the network that learns in place: it cannot, and is trained by the trainer, over MQTT. */
export type Driven = {
  /** For a person. */
  readonly what: string;
  readonly task: "digits" | "vowel-formants" | "vowel-clips";
  /** One of `trainSystems`, and its devices in the fleet by the names that its network calls them: one device may be several. */
  readonly system: string;
  readonly devices: Readonly<Record<string, string>>;
  /** How far they are from their equations, in multiples of what results are quoted with. */
  readonly gapScale: number;
  /** Error of every part of an ear, standard deviation. */
  readonly tolerance?: number;
  readonly epochs: number;
  /** How it is trained through its devices. */
  readonly rule: string;
};

/** What the demonstration shows: an ear whose parts are 10 % off. Nothing but its own parameters is trained, so an update brings all of it. */
export const driven: Driven = {
  what: "ear that hears synthetic vowels",
  task: "vowel-clips",
  system: "ear-12",
  devices: { bank: "ear-1", mixer: "ear-1" },
  gapScale: 1,
  tolerance: 0.1,
  epochs: 30,
  rule: "in-silico-then-fine-tune",
};

/** Its devices, each once. */
export function devicesOf({ devices }: Driven): readonly string[] {
  return [...new Set(Object.values(devices))];
}
