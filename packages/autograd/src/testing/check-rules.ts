import { recordMeasured } from "@ohmwork/core/testing";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { GradientRule } from "../rules/gradient-rule.ts";
import { casesPerRule, type GradientCase } from "./gradient-case.ts";
import { checkGradient } from "./gradient-check.ts";

/** Tests a table of rules, each at as many drawn points as `casesPerRule` says; every rule of the table must have its cases. */
export function checkRules(
  title: string,
  rules: Readonly<Record<string, GradientRule>>,
  cases: Readonly<Record<string, fc.Arbitrary<Omit<GradientCase, "op">>>>,
): void {
  describe(title, () => {
    it("has cases for every rule", () => {
      expect(Object.keys(cases).toSorted()).toEqual(Object.keys(rules).toSorted());
    });
    it.for(Object.entries(cases))("%s has the gradient that differences have", async ([op, arbitrary], context) => {
      const precisions = new Set<string>();
      await fc.assert(
        fc.asyncProperty(arbitrary, async (drawn) => {
          precisions.add(await checkGradient({ op, ...drawn }));
        }),
        { numRuns: casesPerRule, seed: 20_261_122 },
      );
      recordMeasured(context, `precision in which the gradient of ${op} is checked`, [...precisions].toSorted().join(", "));
    });
  });
}
