import { type Clock, type LearnProgress, Seconds, type SelfLearningSystem } from "@ohmwork/core";

/**
 * The same system, learning no faster than a given rate: a simulation at the speed of the circuit it stands for, so that a
 * person can watch and a broker is not flooded. Reports come when they are due; what is learned does not change.
 */
export function paced(system: SelfLearningSystem, stepsPerSecond: number, clock: Clock): SelfLearningSystem {
  async function* learn(...[inputs, labels, options]: Parameters<SelfLearningSystem["learn"]>): AsyncGenerator<LearnProgress> {
    const started = clock.monotonic();
    for await (const progress of system.learn(inputs, labels, options)) {
      const early = started + progress.step / stepsPerSecond - clock.monotonic();
      if (early > 0) await clock.sleep(Seconds(early), options.signal);
      yield progress;
    }
  }
  return { ...system, learn };
}
