/** The public surface of the model layer. Other folders import from here only. */

export { type ModelCost, modelCost, type TierCost } from './bundle/cost.js';
export {
  type CoreLimits,
  type ModelSizes,
  type PassSharing,
  type StepFloor,
  stepFloor,
  stepTraffic,
  type TierTraffic,
  weightFormatOf,
} from './bundle/floor.js';
export {
  sharedSsms,
  type TensorSpec,
  tensorLayout,
  tierWidth,
  whyNotRecurrent,
} from './bundle/layout.js';
export { loadBundle, loadManifest, MANIFEST_FILE } from './bundle/load.js';
export { checkManifest, FORMAT_VERSION, MANIFEST_SCHEMA_PATH, parseManifest } from './bundle/manifest.js';
export {
  encodeSafetensors,
  parseSafetensors,
  type RawTensor,
  readSafetensors,
  type SafetensorsFile,
  toFloat32,
  toFloat64,
} from './bundle/safetensors.js';
export { type SsmPaths, ssmPaths } from './bundle/ssm-paths.js';
export type {
  Bundle,
  BundleManifest,
  ConditioningInput,
  ConditioningKind,
  Quantised,
  Quantiser,
  SashimiArchitecture,
  SsmKind,
  Tensor,
  WeightFormat,
} from './bundle/types.js';
export {
  CARD_FILE,
  type ManifestDraft,
  refuseExisting,
  sealBundle,
  WEIGHTS_FILE,
  writeBundle,
} from './bundle/write.js';
export {
  type BendMove,
  type Note,
  type PedalMove,
  type Performance,
  type PerformanceEvent,
  parseMidiFile,
  performanceEvents,
  wheelPosition,
} from './conditioning/midi-file.js';
export { encodeMidiFile } from './conditioning/midi-write.js';
export {
  HIGHEST_PITCH,
  LOWEST_PITCH,
  NOTE_HOP,
  NOTE_PARTIALS_DIM,
  NOTE_ROLL_DIM,
  NOTE_SAMPLE_RATE,
  NoteRoll,
} from './conditioning/note-roll.js';
export type { NoteState } from './conditioning/note-state.js';
export {
  HIGHEST_SPEECH_HZ,
  LOWEST_SPEECH_HZ,
  PHONES,
  type PhoneSegment,
  SPEECH_DIM,
  SPEECH_HOP,
  SPEECH_LOUDNESS,
  SPEECH_OCTAVES,
  SPEECH_SAMPLE_RATE,
  SPEECH_SOURCE_DIM,
  SpeechSource,
  speechOctaves,
  speechRows,
  voicingOf,
} from './conditioning/speech-rows.js';
export { FIRST_WORD_PITCH, WORD_FRAMES, WORD_STEPS, WordSteps } from './conditioning/word-steps.js';
export { WordVoice } from './conditioning/word-voice.js';
export { ModelError, type ModelErrorCode, type ModelErrorEntry, modelErrors } from './errors.js';
export { type Dialect, dialects } from './import/dialect.js';
export type { Finding } from './import/examine.js';
export { exportV4 } from './import/export-v4.js';
export { type ImportOptions, type ImportResult, importCheckpoint } from './import/import.js';
export { ZipArchive } from './import/zip.js';
export { type CoreRates, loadNative, type NativeLoad } from './native/load.js';
export { exportOnnx, ONNX_GRAPH_NAMES, type OnnxGraphName } from './onnx/export.js';
export { ONNX_PROVIDERS, type OnnxProvider } from './onnx/providers.js';
export { loadOnnxRuntime, type OnnxRuntime, type OnnxSession, openSession } from './onnx/run/runtime.js';
export {
  CUDA_PROVIDER_FILES,
  hasCudaProvider,
  type RuntimeFolder,
  runtimeFolder,
} from './onnx/run/runtime-folder.js';
export { type OnnxFile, writeOnnx } from './onnx/write.js';
export { packageRoot } from './package-root.js';
export { calibrationFrames, excerptTokens, ownTokens, soundOfTokens } from './quantise/calibration.js';
export { type QuantisedFormat, type QuantiseOptions, quantiseTensors } from './quantise/quantise.js';
export { type QuantiseFigures, quantisedCard, quantisedDraft } from './quantise/quantised-card.js';
export { TokenDraw } from './sampling/draw.js';
export { DeEmphasis, deEmphasised, encodeSound, preEmphasised } from './sampling/emphasis.js';
export { FrameRandom } from './sampling/philox.js';
export { decodeTable, encode, encodeClip, encodeSample } from './sampling/quantiser.js';
export { createReferenceStepper } from './sashimi/reference-stepper.js';
export { SCORE_BLOCK_FRAMES, type Score, type ScoreOptions, scoreAudio } from './score.js';
export {
  type Candidate,
  type CandidateName,
  candidateNames,
  candidatesFor,
  candidateText,
  isCandidateName,
  isTrial,
  type Judgement,
  judge,
  type Measured,
  SELF_TEST_MS,
  type Stage,
  selfTest,
  stepperFiles,
  type Trial,
} from './self-test/index.js';
export { alignmentPeriod } from './state/alignment-period.js';
export { ALL_TIERS, mixStates, StateMemory, type TierMask } from './state/mix-states.js';
export type { SnapshotLayout, SnapshotRange } from './state/snapshot-layout.js';
export { NUM_STATE_SLOTS, type StateCommand, type StateCommandKind } from './state/state-command.js';
export { slowTiers } from './state/state-deck.js';
export type {
  Composite,
  Conditioning,
  Mixing,
  Pair,
  Sampling,
  Stepper,
  StepperKind,
  Voice,
  VoiceGroup,
} from './stepper.js';
export { GUIDANCE } from './stepper.js';
export {
  type ChosenStepper,
  chooseStepper,
  NativeStream,
  type OpenedStream,
  type OpenStreamOptions,
  openStream,
  pairSteppers,
  type SecondModel,
  STEPPER_CHOICES,
  type StepperChoice,
  usualStepper,
} from './stream/index.js';
export {
  LAPSE_KINDS,
  type Lapse,
  type LapseKind,
  type LapseRecord,
  type ModelStream,
  type RollbackState,
  RUNAWAY_CAUSES,
  type RunawayCause,
  type StreamFault,
  type StreamLapses,
  type StreamScheduling,
  type StreamState,
  type StreamStates,
  XRUN_CAUSES,
  type XrunCause,
} from './stream.js';
export { type GoldenReport, LOGITS_TOLERANCE, largestDifference, verifyGolden } from './verify.js';
export { type CompositeMember, createComposite } from './voices/composite.js';
