import { measureRetraining } from "./fleet/retraining.ts";
await measureRetraining({ devices: (process.argv[2] ?? "1,8").split(",").map(Number), seconds: 8, progress: console.log });
process.exit();
