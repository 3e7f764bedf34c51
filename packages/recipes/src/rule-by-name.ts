import { BadInputError, didYouMean, type LearningRule } from "@ohmwork/core";

/** A rule out of those a recipe knows. @throws BadInputError naming the rules there are */
export function ruleByName(rules: Readonly<Record<string, () => LearningRule>>, name: string, recipe: string): LearningRule {
  const create = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (create !== undefined) return create();
  throw new BadInputError(`Unknown rule "${name}" for ${recipe}${didYouMean(name, Object.keys(rules))}`);
}
