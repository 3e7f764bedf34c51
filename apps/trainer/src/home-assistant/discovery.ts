import { type Birth, topicOf } from "@ohmwork/wire";

export type DiscoveryOptions = {
  readonly fleet: string;
  readonly device: string;
  readonly birth: Birth;
  /** What the device can take something for, in the words of its answers; none where it gives numbers. */
  readonly classes: readonly string[];
  /** Of this program. */
  readonly version: string;
  /** Where Home Assistant listens. @default "homeassistant" */
  readonly prefix?: string;
  /** Identifier of the device that this one is reached through, where Home Assistant knows it. */
  readonly via?: string;
};

/** An entity as Home Assistant is told of it. */
export type Component = { readonly platform: string; readonly unique_id: string } & Readonly<Record<string, unknown>>;

export type Discovery = {
  readonly topic: string;
  readonly config: {
    readonly device: Readonly<Record<string, unknown>> & { readonly identifiers: readonly string[] };
    readonly origin: { readonly name: string; readonly sw_version: string };
    readonly availability: readonly { readonly topic: string; readonly value_template: string }[];
    readonly qos: 1;
    readonly components: Readonly<Record<string, Component>>;
  };
};

/** A button's message is made when it is pressed; so late it is not to be done any more [s]. */
const pressSeconds = 60;

/**
 * What Home Assistant is to know of a device (MQTT discovery by device): one Home Assistant device for each physical one.
 * The same birth gives the same words, whoever says them.
 *
 * @throws RangeError when fleet or device is not an id
 */
export function discoveryOf(options: DiscoveryOptions): Discovery {
  const { fleet, device, birth, classes, version, prefix = "homeassistant", via } = options;
  // No id has an underscore, so that no two devices share a name.
  const id = `ohmwork_${fleet}_${device}`;
  const topic = (kind: "answer" | "reported" | "status"): string => topicOf({ kind, fleet, device });
  const component = (
    name: string,
    platform: string,
    label: string,
    rest: Readonly<Record<string, unknown>>,
  ): [string, Component] => {
    const unique_id = `${id}_${name}`;
    return [
      name,
      { platform, unique_id, default_entity_id: `${platform}.${unique_id.replaceAll("-", "_")}`, name: label, ...rest },
    ];
  };

  const components = [
    component("answer", "sensor", "Answer", {
      state_topic: topic("answer"),
      value_template: "{{ value_json.label }}",
      // A state that is not among the options is an error there: they are all classes, or none.
      ...(classes.length > 0 && { device_class: "enum", options: classes }),
    }),
    component("confidence", "sensor", "Confidence", {
      state_topic: topic("answer"),
      value_template: "{{ (value_json.confidence * 100) | round(1) }}",
      unit_of_measurement: "%",
      state_class: "measurement",
    }),
    component("parameters", "sensor", "Parameter version", {
      state_topic: topic("reported"),
      value_template: "{{ value_json.trusted }}",
      entity_category: "diagnostic",
    }),
    component("problem", "binary_sensor", "Update problem", {
      state_topic: topic("reported"),
      value_template: "{{ 'ON' if value_json.state in ['refused', 'rolled-back'] else 'OFF' }}",
      device_class: "problem",
      entity_category: "diagnostic",
    }),
  ];
  if (classes.length > 0) {
    components.push(
      component("detection", "event", "Detection", {
        state_topic: topic("answer"),
        value_template: "{{ {'event_type': value_json.label, 'confidence': value_json.confidence} | to_json }}",
        event_types: classes,
      }),
    );
  }
  if (birth.capabilities.includes("learn-this")) {
    const milliseconds = (later: number): string => `{{ ((now().timestamp() + ${later}) * 1000) | int }}`;
    const request = `"request":"ha-${milliseconds(0)}","by":"home-assistant"`;
    const command = (given: string): Readonly<Record<string, unknown>> => ({
      command_topic: topicOf({ kind: "command", fleet, device, name: "learn-this" }),
      command_template: `{"v":1,${request},"arguments":{${given}},"expires":${milliseconds(pressSeconds)}}`,
    });
    // What the answer was, and what it should have been: `unknown` is nothing that can be learned.
    components.push(component("learn", "button", "Learn this", command("")));
    const known = classes.filter((name) => name !== "unknown");
    if (known.length > 0) {
      const given = command('"label":{{ value | to_json }}');
      components.push(component("learn_as", "select", "Learn this as", { ...given, options: known }));
    }
  }

  return {
    topic: `${prefix}/device/${id}/config`,
    config: {
      device: {
        identifiers: [id],
        name: device,
        manufacturer: "Ohmwork",
        model: birth.system,
        ...(birth.versions["ohmwork"] !== undefined && { sw_version: birth.versions["ohmwork"] }),
        ...(via !== undefined && { via_device: via }),
      },
      origin: { name: "Ohmwork", sw_version: version },
      availability: [{ topic: topic("status"), value_template: "{{ value_json.state }}" }],
      qos: 1,
      components: Object.fromEntries(components),
    },
  };
}
