/** Age and gender: what one network and a second opinion read off a face. */

import { numbers, sigmoid } from './outputs.ts';
import type { ModelTask, ValueTask } from './task.ts';

/** The nine age brackets: first year of each. */
const bracketStarts = [0, 3, 10, 20, 30, 40, 50, 60, 70] as const;

/** Names of the nine age brackets. */
export const ageBrackets = ['0-2', '3-9', '10-19', '20-29', '30-39', '40-49', '50-59', '60-69', '70+'] as const;

/** One of {@link ageBrackets}. */
export type AgeBracket = (typeof ageBrackets)[number];

/** Apparent age. */
export interface Age {
  /** Expected years. */
  readonly years: number;
  /** The bracket of `years`. */
  readonly bracket: AgeBracket;
  /** Probability of each bracket; they sum to 1. */
  readonly distribution: Readonly<Record<AgeBracket, number>>;
}

/** Apparent gender, as a face looks to a network trained on two labels. */
export interface Gender {
  readonly label: 'female' | 'male';
  /** Probability of each label; they sum to 1. */
  readonly distribution: { readonly female: number; readonly male: number };
}

interface Person {
  /** Probability of each year of age, the first being `from`. */
  readonly ages: readonly number[];
  readonly from: number;
  /** Probability of male, with the label's border at 0.5. */
  readonly male: number;
}

interface SecondOpinion {
  readonly years: number;
  readonly male: number;
}

/** Years = first · the main network's + second · the other's + offset; least squares on 500 of FairFace's training crops. */
const ageBlend = { first: 0.498, second: 0.445, offset: 0.334 } as const;

/** Share of the second opinion on gender, as log-odds, and the shift that treats both labels alike; from the same crops. */
const genderBlend = { second: 0.3, shift: -0.45 } as const;

/** The main network, a part of `age` and `gender`. */
export const personTask: ModelTask<'person.network', Person> = {
  name: 'person.network',
  model: (entries) => entries.find(({ family }) => family === 'faceres'),
  decode: ({ age, gender }, _, { params }) => {
    const ages = params?.ages as { readonly from?: number } | undefined;
    const border = Number(params?.maleFrom ?? 0.5);
    return { ages: numbers(age), from: ages?.from ?? 0, male: moveBorder(numbers(gender)[0] ?? border, border) };
  },
};

/** The second network, a part of `age` and `gender`. */
export const personSecondTask: ModelTask<'person.second', SecondOpinion> = {
  name: 'person.second',
  model: (entries) => entries.find(({ family }) => family === 'age-gender'),
  decode: ({ age, gender }, _, { params }) => {
    const male = Math.max(0, (params?.genders as readonly string[] | undefined)?.indexOf('male') ?? 0);
    return { years: numbers(age)[0] ?? 0, male: numbers(gender)[male] ?? 0 };
  },
};

/** The `age` task. */
export const ageTask: ValueTask<'age', Age> = {
  name: 'age',
  needs: ['person.network', 'person.second'],
  read: ({ values }) => {
    const { ages, from } = values['person.network'] as Person;
    const second = values['person.second'] as SecondOpinion;
    const first = ages.reduce((sum, share, i) => sum + share * (from + i), 0);
    const { first: share, second: other, offset } = ageBlend;
    const years = Math.max(0, share * first + other * second.years + offset);
    return { years, bracket: bracketOf(years), distribution: spread(ages, from, years - first) };
  },
};

/** The `gender` task. */
export const genderTask: ValueTask<'gender', Gender> = {
  name: 'gender',
  needs: ['person.network', 'person.second'],
  read: ({ values }) => {
    const first = (values['person.network'] as Person).male;
    const second = (values['person.second'] as SecondOpinion).male;
    const odds = logOdds(first) + genderBlend.second * (logOdds(second) - logOdds(first)) + genderBlend.shift;
    const male = sigmoid(odds);
    return { label: male >= 0.5 ? 'male' : 'female', distribution: { female: 1 - male, male } };
  },
};

/** The bracket that an age in years falls into. */
export function bracketOf(years: number): AgeBracket {
  // Labels say whole years: someone of 29.7 is 29.
  const whole = Math.floor(Math.max(0, years));
  const place = bracketStarts.findLastIndex((start) => whole >= start);
  return ageBrackets[place] as AgeBracket;
}

/** The years' probabilities, moved by `shift` years, per bracket. */
function spread(ages: readonly number[], from: number, shift: number): Record<AgeBracket, number> {
  const shares = Object.fromEntries(ageBrackets.map((name) => [name, 0])) as Record<AgeBracket, number>;
  const total = ages.reduce((sum, share) => sum + share, 0) || 1;
  for (const [i, share] of ages.entries()) shares[bracketOf(from + i + shift)] += share / total;
  return shares;
}

/** ln(p / (1 − p)), certainty capped. */
function logOdds(share: number): number {
  const kept = Math.min(1 - 1e-4, Math.max(1e-4, share));
  return Math.log(kept / (1 - kept));
}

/** A probability whose border lies at `border`, with the border at 0.5. */
function moveBorder(value: number, border: number): number {
  return value < border ? (0.5 * value) / border : 0.5 + (0.5 * (value - border)) / Math.max(1 - border, 1e-6);
}
