/** What a reason code stands for, told to a person whom it got out of bed. */
export interface ReasonText {
  /** What was found. One sentence that holds wherever the code is given; the figures are in the result's message. */
  readonly means: string;
  /** Where to look first, or what to do. The result's remedy knows more of the case. */
  readonly look: string;
}

/**
 * The reasons of one subject. tsc takes the closed set of codes from it and docs/reasons.md its words: import it as a
 * type, so that no program loads the words.
 */
export interface ReasonGroup {
  /** Its heading. Letters and spaces only, for links to it. */
  readonly title: string;
  /** What there is to say of all of them. */
  readonly about?: string;
  /** By code, in the order of the alphabet. */
  readonly reasons: Readonly<Record<string, ReasonText>>;
}

/** The codes of a group, or of several. */
export type ReasonIn<Group extends ReasonGroup> = Group extends ReasonGroup ? keyof Group["reasons"] & string : never;
