/** What somebody could take for promised and is not, or what the tests above do not show. */
export const notGuaranteed: readonly string[] = [
  "**More than one machine.** All tests run on one machine over loopback. A network that parts, and a broker in several pieces, are not tried.",
  "**A disk that lies.** A disk that says that it has written and has not loses what it was given. What is kept through a loss of power was tried on a model of a disk and on logs cut off at every place, not by pulling a plug.",
  "**Samples in the newest part of an outbox's log, when a bit of it flips and the agent was killed**: SQLite takes the log to end there. What is damaged is not handed out.",
  "**A disk that is lost.** An agent's outbox and a trainer's store are in one place each; what was in them goes with them.",
  "**Samples when the outbox is full or cannot be written**: new ones are dropped and counted.",
  "**Reports (`progress`) and answers**: those that find no broker are gone, but for the last one.",
  "**The order in which samples of several devices arrive**, and that `at` is right: order by `boot` and `seq`.",
  "**A device with a new state folder** trusts from the start: an older update acts there if it is in time.",
  "**An agent whose clock is not synchronised** knows of time what the newest signature said and how long it has run since; after a restart the second of these begins anew.",
  "**Going back to an older version** where a newer one has written: an agent with a newer ledger and a trainer with a newer store do not start, and an agent with a newer outbox learns on and drops its samples.",
  "**A fleet at a broker that lets everybody in.** Anyone may speak as any device there; samples are not signed.",
  "**That nobody else on its machine reads what a trainer shows by HTTP**, unless it is told `--http-guard`.",
  "**Times.** None of the tests in the gate asserts one; what was measured holds for that machine.",
];
