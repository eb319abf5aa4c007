/**
 * Why a tensor was not stored as its plan allows, in a word, so that many tensors can be told in a line: its type has no codes, or may lose
 * nothing ("type"); of its 8-bit integers it is not known what they stand for ("zero point"); it has no elements ("empty") or holds an infinity or NaN ("not finite"); the plan asks for no codes ("by plan"), or to
 * keep tensors of few values as they are ("few values"); neither codes nor loss would save a byte ("no gain"); it has more
 * distinct values than codes ("many values") or zeros of both signs ("signed zeros"), or numbers that float32 lacks ("wide values"); no
 * codebook is within the error ("error"); readers would refuse so few bytes ("expansion limit"); a weight is beyond the plan's float16,
 * or a shared value beyond the tensor's type ("float16 range"); the plan's form cannot hold it ("no such form").
 */
export type DeclinedKind =
  | "type"
  | "zero point"
  | "empty"
  | "not finite"
  | "by plan"
  | "few values"
  | "no gain"
  | "many values"
  | "signed zeros"
  | "wide values"
  | "error"
  | "expansion limit"
  | "float16 range"
  | "no such form";

/** Why, in a word and in a sentence that has the figures. */
export interface Declined {
  readonly kind: DeclinedKind;
  readonly reason: string;
}
