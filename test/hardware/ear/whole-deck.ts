import { ear12Build } from "@ohmwork/ear-12";
import { earDeck, sweepSource } from "./spice-deck.ts";

/** `hardware/ear-12/ear-12.cir`: all channels at their start positions, with a sweep from 150 Hz to 5 kHz at their input. */
export function wholeDeck(): string {
  return earDeck({
    title: "ear-12, all channels at their start positions, sweep at the input",
    channels: ear12Build.channels.map((_, k) => k + 1),
    source: sweepSource({ from: 150, to: 5000, seconds: 0.32, volts: 0.025 }),
    slots: [0.08, 0.16, 0.24],
    slotSeconds: 0.08,
    stepSeconds: 1e-5,
    endSeconds: 0.32,
  });
}
