import { BadInputError, didYouMean } from "@ohmwork/core";

/** A rule out of those a recipe knows. @throws BadInputError naming the rules there are */
export function ruleByName<Rule>(rules: Readonly<Record<string, Rule>>, name: string, recipe: string): Rule {
  const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (rule !== undefined) return rule;
  throw new BadInputError(`Unknown rule "${name}" for ${recipe}${didYouMean(name, Object.keys(rules))}`);
}
