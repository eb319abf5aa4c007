import { pitchWindows } from "./calibration-chords";
import type { CalibrationInputs } from "./calibration-items";
import { photographs } from "./calibration-photographs";
import { directionLines, pages, readLines } from "./calibration-texts";
import { melWindows, voiceSeconds, voiceStreams } from "./calibration-voices";
import { mainFile } from "./model-folder";
import { AROUND_0, channelsLast } from "./model-inputs";
import type { RealModel } from "./models";

function facePhotographs(size: number): CalibrationInputs {
  const toTensor = (pictures: Parameters<typeof channelsLast>[0]) => channelsLast(pictures, AROUND_0);
  return photographs({ input: "input:0", size, toTensor, calibration: 64, unseen: 24 });
}

/**
 * What makes the inputs, by the name of the model in models.ts; detectors of speech run to come to their states. M-LSD has none: it picks
 * by comparison what it gives, so that its outputs leap. Of nine calibrated files of the tiny one the best was off by 4.2 %.
 */
const MAKERS: Readonly<Record<string, (model: string) => CalibrationInputs | Promise<CalibrationInputs>>> = {
  "PP-OCRv4 det": pages,
  "PP-OCRv4 rec": readLines,
  "PP-OCR cls": directionLines,
  "Silero VAD 4": (model) => voiceStreams(model, "four"),
  "Silero VAD 5": (model) => voiceStreams(model, "five"),
  "Silero VAD 5, float16": (model) => voiceStreams(model, "fiveOfOneRate"),
  "Silero VAD 6": (model) => voiceStreams(model, "five"),
  "BlazeFace front": () => facePhotographs(128),
  "BlazeFace back": () => facePhotographs(256),
  "mel spectrogram": voiceSeconds,
  "speech embedding": melWindows,
  "Basic Pitch": pitchWindows,
};

/** Whether there are inputs to calibrate a model by. */
export function isCalibrated({ name }: RealModel): boolean {
  return MAKERS[name] !== undefined;
}

/** The same each time. @throws RangeError if no inputs are known for the model */
export async function calibrationInputs(model: RealModel): Promise<CalibrationInputs> {
  const make = MAKERS[model.name];
  if (make === undefined) throw new RangeError(`no inputs are known to calibrate "${model.name}" by`);
  return make(mainFile(model));
}
