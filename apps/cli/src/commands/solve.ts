import { readFile } from "node:fs/promises";
import { parseNetwork, solveNetwork, toSpice } from "@ohmwork/circuit";
import { BadInputError } from "@ohmwork/core";
import { createOutput, nameValueLines, withPrefix } from "../output.ts";
import { strictCommand } from "../strict-command.ts";
