/**
 * How p-values of many tests are corrected. bh and by bound the expected share of false findings, by also where the tests depend on
 * each other in any way; bonferroni, holm, hochberg and hommel bound the chance of a single false one.
 */
export const ADJUSTMENTS = ["bh", "by", "bonferroni", "holm", "hochberg", "hommel"] as const;
export type Adjustment = (typeof ADJUSTMENTS)[number];

/** How p-values for one question are made into one. Only cauchy holds where they depend on each other, as those of neighbours do. */
export const COMBINATIONS = ["cauchy", "fisher", "stouffer", "tippett", "pearson"] as const;
export type Combination = (typeof COMBINATIONS)[number];
