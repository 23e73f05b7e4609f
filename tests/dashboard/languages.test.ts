import { expect, it } from "vitest";
import en from "../../dashboard/languages/en.json" with { type: "json" };
import zh from "../../dashboard/languages/zh.json" with { type: "json" };
import { LEAD_ACTIONS, ANOMALY_STATES as STATES_SHOWN } from "../../dashboard/states.ts";
import { ANNOTATION_KINDS } from "../../schemas/annotation.ts";
import { ANOMALY_STATES, VERDICT_SOURCES } from "../../schemas/anomaly.ts";
import { LEAD_STATES, LEAD_TRANSITIONS } from "../../schemas/lead.ts";
import { POPULATION_METHODS } from "../../schemas/profiles.ts";
import { custodyEvent, SAMPLE_MODES } from "../../schemas/sample.ts";
import { SITE_KINDS } from "../../schemas/site.ts";

const chinese: Record<string, string> = zh;
const placeholders = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted();
const isUnit = (key: string) => key.startsWith("unit."); // a UCUM code in the key has braces of its own

it("both languages have the same keys", () => expect(Object.keys(zh).toSorted()).toEqual(Object.keys(en).toSorted()));

it("a sentence asks for the same values in both", () => {
  const differing = Object.entries(en).filter(([key, words]) => {
    return !isUnit(key) && placeholders(words).join() !== placeholders(chinese[key] ?? "").join();
  });
  expect(differing.map(([key]) => key)).toEqual([]);
});

it("no sentence is empty or left in the other language", () => {
  expect(Object.entries(en).filter(([, words]) => words === "" || /\p{Script=Han}/u.test(words))).toEqual([]);
  const latin = Object.entries(zh).filter(
    ([key, words]) => !isUnit(key) && /[a-z]{4,}/.test(words.replace(/\{\w+\}/g, "")) && !/\p{Script=Han}/u.test(words),
  );
  expect(latin).toEqual([]);
});

it("every state, verdict and kind of the vocabulary has its word", () => {
  const keys = [
    ...ANOMALY_STATES.map((state) => `anomalyState.${state}`),
    ...LEAD_STATES.map((state) => `leadState.${state}`),
    ...[...VERDICT_SOURCES, "undetermined"].map((source) => `verdict.${source}`),
    ...SITE_KINDS.map((kind) => `siteKind.${kind}`),
    ...ANNOTATION_KINDS.map((kind) => `annotationKind.${kind}`),
    ...SAMPLE_MODES.map((mode) => `sampleMode.${mode}`),
    ...custodyEvent.shape.action.options.map((action) => `custody.${action}`),
    ...POPULATION_METHODS.map((method) => `population.${method}`),
  ];
  expect(keys.filter((key) => !(key in en))).toEqual([]);
});

it("the pages offer only steps that the vocabulary allows", () => {
  expect(STATES_SHOWN).toEqual([...ANOMALY_STATES]);
  for (const state of LEAD_STATES) {
    expect(LEAD_TRANSITIONS[state]).toEqual(expect.arrayContaining([...LEAD_ACTIONS[state]]));
  }
});
