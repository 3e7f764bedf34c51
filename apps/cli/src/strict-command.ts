import { BadInputError, nearestName } from "@ohmwork/core";
import { type ArgsDef, type CommandDef, defineCommand, type ParsedArgs } from "citty";

/**
 * A command that refuses what it does not know: an option it has not declared (naming the nearest one it has), an option
 * without its value, or a word too many. Everything a user gives is either used or complained about.
 *
 * @throws BadInputError from its run
 */
export function strictCommand<Args extends ArgsDef>(definition: {
  name: string;
  description: string;
  args: Args;
  run: (args: ParsedArgs<Args>) => Promise<void>;
}): CommandDef {
  const { name, description, args, run } = definition;
  const command = defineCommand({
    meta: { name: `ohmwork ${name}`, description },
    args,
    run: async (context) => {
      checkWords(name, args, context.rawArgs, context.args._);
      await run(context.args);
    },
  });
  return command as unknown as CommandDef; // commands with different options stand in one table
}

function checkWords(command: string, args: ArgsDef, rawArgs: readonly string[], words: readonly string[]): void {
  const options = Object.entries(args).filter(([, definition]) => definition.type !== "positional");
  const known = options.map(([option]) => option);
  const positionals = Object.keys(args).length - options.length;
  for (const [i, word] of rawArgs.entries()) {
    if (word === "--") break;
    if (!word.startsWith("-") || word === "-") continue;
    if (!word.startsWith("--") && /^-[\d.]/.test(word)) continue; // a negative number is the value of the option before it
    if (!word.startsWith("--"))
      throw new BadInputError(`Unknown option ${word} of ohmwork ${command}, expected options of the form --${known[0]}`);
    const [option, value] = splitOption(word.slice(2));
    const found = options.find(([key]) => key === option);
    if (found === undefined) {
      const guess = nearestName(option, known);
      throw new BadInputError(
        `Unknown option --${option} of ohmwork ${command}${guess === undefined ? `, expected one of ${known.map((key) => `--${key}`).join(", ")}` : `, did you mean --${guess}?`}`,
      );
    }
    if (found[1].type === "boolean" && value !== undefined) {
      throw new BadInputError(`Option --${option} of ohmwork ${command} takes no value, "${value}" given`);
    }
    const follows = rawArgs[i + 1];
    if (found[1].type !== "boolean" && value === undefined && (follows === undefined || follows.startsWith("--"))) {
      throw new BadInputError(`Option --${option} of ohmwork ${command} needs a value`);
    }
  }
  const extra = words[positionals];
  if (extra !== undefined)
    throw new BadInputError(
      `Unexpected word "${extra}" after ohmwork ${command}, expected ${positionals === 0 ? "options only" : `${positionals} word${positionals > 1 ? "s" : ""}`}`,
    );
}

function splitOption(text: string): [option: string, value: string | undefined] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** An option that nothing would read. @throws BadInputError when it is given all the same */
export function expectUnused(option: string, value: string | undefined, of: string): void {
  if (value !== undefined) throw new BadInputError(`Option ${option} is only of ${of}, "${value}" given`);
}

/** An option that must be a whole number. @throws BadInputError naming option, value and window */
export function wholeNumber(text: string | undefined, option: string, window: { min: number; max?: number }): number | undefined {
  if (text === undefined) return undefined;
  const { min, max = Number.MAX_SAFE_INTEGER } = window;
  const value = Number(text);
  if (!/^\d+$/.test(text.trim()) || value < min || value > max) {
    const expected =
      max === Number.MAX_SAFE_INTEGER ? `a whole number of ${min} or more` : `a whole number from ${min} to ${max}`;
    throw new BadInputError(`Option ${option} is "${text}", expected ${expected}`);
  }
  return value;
}

/** An option that must be a number in a window. @throws BadInputError naming option, value and window */
export function decimalNumber(
  text: string | undefined,
  option: string,
  window: { min: number; max: number; unit?: string },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !(value >= window.min && value <= window.max)) {
    throw new BadInputError(
      `Option ${option} is "${text}", expected a number from ${window.min} to ${window.max}${window.unit === undefined ? "" : ` ${window.unit}`}`,
    );
  }
  return value;
}
