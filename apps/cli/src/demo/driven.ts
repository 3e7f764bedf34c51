/** What stands beside the network that learns in place: it cannot, and is trained by the trainer, over MQTT. */
export type Driven = {
  /** For a person, in the plural. */
  readonly what: string;
  readonly task: "digits" | "vowel-formants";
  /** One of `trainSystems`, and its devices in the fleet by the names that its network calls them: each has one layer. */
  readonly system: string;
  readonly devices: Readonly<Record<string, string>>;
  /** How far they are from their equations, in multiples of what results are quoted with. */
  readonly gapScale: number;
  readonly epochs: number;
};

/** Two devices of which nothing but their own parameters is trained, so that an update brings all of it. */
const pendulums: Driven = {
  what: "pendulums that read handwritten digits",
  task: "digits",
  system: "pendulums",
  devices: { first: "swing-1", second: "swing-2" },
  gapScale: 2,
  epochs: 24,
};

/** What the demonstration shows. */
export const driven: Driven = pendulums;
