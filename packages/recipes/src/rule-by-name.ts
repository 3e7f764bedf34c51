import { BadInputError, type LearningRule, nearestName } from "@ohmwork/core";

/** A rule out of those a recipe knows. @throws BadInputError naming the rules there are */
export function ruleByName(rules: Readonly<Record<string, () => LearningRule>>, name: string, recipe: string): LearningRule {
  const create = Object.hasOwn(rules, name) ? rules[name] : undefined;
  if (create !== undefined) return create();
  const guess = nearestName(name, Object.keys(rules));
  const expected = guess === undefined ? `expected one of ${Object.keys(rules).join(", ")}` : `did you mean "${guess}"?`;
  throw new BadInputError(`Unknown rule "${name}" for ${recipe}, ${expected}`);
}
