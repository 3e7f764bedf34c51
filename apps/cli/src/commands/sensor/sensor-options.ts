/** What every command of a sensor takes. */
export const sensorArgs = {
  config: { type: "positional", required: true, description: "Device config as YAML; docs/device-config.md describes the keys" },
  state: { type: "string", default: "ohmwork-state", valueHint: "folder", description: "What the agent is given as --state" },
  json: { type: "boolean", description: "Print one line of JSON at the end" },
} as const;
