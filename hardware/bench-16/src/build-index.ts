import type { Build, Component, Net, Part, Pin } from "./build.ts";

/** A pin in its place. */
export type PlacedPin = { readonly at: string; readonly component: Component; readonly part: Part; readonly pin: Pin };

/** A build looked up by pin: every pin of every component, and the nets it is listed in (one, if the build is right). */
export type BuildIndex = {
  readonly pins: ReadonlyMap<string, PlacedPin>;
  readonly netsOfPin: ReadonlyMap<string, readonly Net[]>;
  /** The net that a pin is on, the first one if there are more. */
  readonly netOf: (at: string) => Net | undefined;
};

/** Looks up a build by pin; components of unknown parts have no pins. */
export function indexBuild(build: Build): BuildIndex {
  const parts = new Map(build.parts.map((part) => [part.id, part]));
  const pins = new Map<string, PlacedPin>();
  for (const component of build.components) {
    const part = parts.get(component.part);
    for (const pin of part?.pins ?? []) {
      const at = `${component.ref}.${pin.name}`;
      pins.set(at, { at, component, part: part as Part, pin });
    }
  }
  const netsOfPin = new Map<string, Net[]>();
  for (const net of build.nets) {
    for (const at of net.pins) netsOfPin.set(at, [...(netsOfPin.get(at) ?? []), net]);
  }
  return { pins, netsOfPin, netOf: (at) => netsOfPin.get(at)?.[0] };
}
