#include "../stream/run_ahead.h"

#include <algorithm>
#include <limits>

#include "../stream/watched_source.h"
#include "model.h"
#include "model_source.h"
#include "range_numbers.h"

namespace sashimi::node {

namespace {

/// What the threads of a stream share. Outlives the stream.
struct StreamParts {
  std::unique_ptr<StreamConditioning> conditioning;  ///< Null for a model without inputs.
  std::unique_ptr<StreamStates> states;
  std::vector<SnapshotRange> ranges;
  WatchedSource* watched = nullptr;  ///< When there is one, part of the source.
};

struct StreamHandle {
  static constexpr napi_type_tag kTag = {0x5A51A3D1E0B94C13ULL, 0x8F0C2B7D64E1A903ULL};
  /// The options name the parts.
  StreamHandle(StreamParts parts, std::unique_ptr<FrameSource> source, const RunAheadOptions& options)
      : parts(std::move(parts)), run_ahead(std::move(source), options) {}
  RunawayCounts runaways() const {
    return parts.watched ? parts.watched->news().heard(run_ahead.position()) : RunawayCounts{};
  }
  const StreamParts parts;
  RunAhead run_ahead;
};

RunAhead* stream_of(const Call& call) {
  auto* handle = unwrap<StreamHandle>(call.env(), call.self());
  return handle ? &handle->run_ahead : nullptr;
}

/// An argument of createStream: WatchdogSettings, or undefined.
bool watchdog_settings(const Call& call, size_t index, bool& is_watched, WatchdogSettings& settings) {
  is_watched = !call.is_undefined(index);
  if (!is_watched) return true;
  double* values = nullptr;
  size_t count = 0;
  if (!call.doubles(index, values, count)) return false;
  constexpr double kMostFrames = 1e8;
  if (count != 6 || !(values[0] >= 1.0 && values[0] <= kMostFrames && values[1] >= 1.0 && values[1] <= kMostFrames)) {
    fail(call.env(), "Expected six numbers for a watchdog, the first two of them counts of frames.");
    return false;
  }
  settings.window_frames = static_cast<size_t>(values[0]);
  settings.fade_frames = static_cast<size_t>(values[1]);
  settings.max_power = values[2];
  settings.heard_power = values[3];
  settings.max_surprise = values[4];
  settings.min_surprise = values[5];
  return true;
}

/// An argument of createStream: StateSizes, as stateNumbers of models/state/state-command.ts makes them.
bool state_sizes(const Call& call, size_t index, StateSizes& sizes) {
  double* values = nullptr;
  size_t count = 0;
  if (!call.doubles(index, values, count)) return false;
  constexpr double kMost = 1e8;
  const auto is_count = [](double value) { return value >= 1.0 && value <= kMost; };
  if (count != 5 || !std::all_of(values, values + 4, is_count) || !(values[4] >= 0.0 && values[4] <= kMost)) {
    fail(call.env(), "Expected five counts for the states of a stream.");
    return false;
  }
  sizes.num_slots = static_cast<size_t>(values[0]);
  sizes.max_fade_frames = static_cast<size_t>(values[1]);
  sizes.history_period_frames = static_cast<uint64_t>(values[2]);
  sizes.num_history = static_cast<size_t>(values[3]);
  sizes.rewind_frames = static_cast<uint64_t>(values[4]);
  return true;
}

/// read(out: Float32Array, numFrames): number
napi_value read(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  RunAhead* stream = stream_of(call);
  float* out = nullptr;
  size_t num_out = 0;
  size_t num_frames = 0;
  if (!stream || !call.floats(0, out, num_out) || !call.size(1, num_frames)) return nullptr;
  if (num_out < num_frames) return fail(env, "Expected room for numFrames in out.");
  return number(env, static_cast<double>(stream->read(out, num_frames)));
}

/// Four arguments from `index` on: temperature, topP, topK, blend.
bool sampling_of(const Call& call, size_t index, Sampling& sampling) {
  return call.number(index, sampling.temperature) && call.number(index + 1, sampling.top_p) &&
         call.uint32(index + 2, sampling.top_k) && call.number(index + 3, sampling.blend);
}

/// setSampling(temperature, topP, topK, blend)
napi_value set_sampling(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  RunAhead* stream = stream_of(call);
  Sampling sampling;
  if (!stream || !sampling_of(call, 0, sampling)) return nullptr;
  stream->set_sampling(sampling);
  return nullptr;
}

/// planSampling(frame, temperature, topP, topK, blend)
napi_value plan_sampling(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  RunAhead* stream = stream_of(call);
  double frame = 0.0;
  Sampling sampling;
  if (!stream || !call.number(0, frame) || !sampling_of(call, 1, sampling)) return nullptr;
  if (!(frame >= 0.0 && frame < 9e15)) return fail(env, "Expected a frame.");
  stream->plan_sampling(static_cast<uint64_t>(frame), sampling);
  return nullptr;
}

/// setConditioning(input, firstFrame, frames: Float32Array, numFrames). Of frames that are not there nothing is taken.
napi_value set_conditioning(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  size_t input = 0;
  double first_frame = 0.0;
  float* frames = nullptr;
  size_t length = 0;
  size_t num_frames = 0;
  if (!handle || !call.size(0, input) || !call.number(1, first_frame) || !call.floats(2, frames, length) ||
      !call.size(3, num_frames)) {
    return nullptr;
  }
  if (!(first_frame > -9e15 && first_frame < 9e15)) return fail(env, "Expected a frame.");
  const size_t dim = handle->parts.conditioning ? handle->parts.conditioning->dim(input) : 0;
  if (dim == 0) return nullptr;
  num_frames = std::min(num_frames, length / dim);
  stream_of(call)->set_conditioning(input, static_cast<int64_t>(first_frame), frames, num_frames);
  return nullptr;
}

napi_value get_conditioning_overflows(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  if (!handle) return nullptr;
  return number(env, handle->parts.conditioning ? static_cast<double>(handle->parts.conditioning->overflows()) : 0.0);
}

/// commandState(kind, a, b, position, tiers, fadeFrames, frames, seed): boolean, false when it is refused.
napi_value command_state(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  RunAhead* stream = stream_of(call);
  uint32_t kind = 0;
  StateCommand command;
  size_t fade_frames = 0;
  size_t frames = 0;
  if (!stream || !call.uint32(0, kind) || !call.uint32(1, command.a) || !call.uint32(2, command.b) ||
      !call.number(3, command.position) || !call.uint32(4, command.tiers) || !call.size(5, fade_frames) ||
      !call.size(6, frames) || !call.uint32(7, command.seed)) {
    return nullptr;
  }
  if (kind >= kNumStateCommandKinds || !(command.position >= 0.0 && command.position <= 1.0)) return boolean(env, false);
  command.kind = static_cast<StateCommandKind>(kind);
  command.fade_frames = fade_frames;
  command.frames = frames;
  return boolean(env, stream->command_state(command));
}

/// isKept(slot): boolean
napi_value is_kept(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  size_t slot = 0;
  if (!handle || !call.size(0, slot)) return nullptr;
  return boolean(env, handle->parts.states->is_kept(slot, handle->run_ahead.position()));
}

/// The slot of the first argument and the bytes of a state of the second; false when they are none.
bool slot_and_state(const Call& call, const StreamHandle* handle, size_t& slot, uint8_t*& bytes) {
  size_t length = 0;
  if (!handle || !call.size(0, slot) || !call.bytes(1, bytes, length)) return false;
  const StreamStates& states = *handle->parts.states;
  if (slot < states.num_slots() && length == states.state_bytes()) return true;
  fail(call.env(), "Expected a slot and the bytes of one state.");
  return false;
}

/// copySlot(slot, into: Uint8Array)
napi_value copy_slot(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  size_t slot = 0;
  uint8_t* into = nullptr;
  if (slot_and_state(call, handle, slot, into)) handle->parts.states->copy(slot, into);
  return nullptr;
}

/// fillSlot(slot, from: Uint8Array)
napi_value fill_slot(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  size_t slot = 0;
  uint8_t* from = nullptr;
  if (slot_and_state(call, handle, slot, from)) handle->parts.states->fill(slot, from);
  return nullptr;
}

/// snapshotRanges(): number[], as of a voice.
napi_value snapshot_ranges(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  return handle ? range_numbers(env, handle->parts.ranges) : nullptr;
}

napi_value get_slot_bytes(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  const auto* handle = unwrap<StreamHandle>(env, call.self());
  return handle ? number(env, static_cast<double>(handle->parts.states->state_bytes())) : nullptr;
}

/// reset(seed)
napi_value reset(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  RunAhead* stream = stream_of(call);
  uint32_t seed = 0;
  if (stream && call.uint32(0, seed)) stream->reset(seed);
  return nullptr;
}

/// close(): joins the thread.
napi_value close(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  if (RunAhead* stream = stream_of(call)) stream->close();
  return nullptr;
}

napi_value get_available(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->available())) : nullptr;
}

napi_value get_sub_block(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->sub_block_frames())) : nullptr;
}

napi_value get_look_ahead(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->look_ahead_frames())) : nullptr;
}

napi_value get_plan_ahead(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->plan_ahead_frames())) : nullptr;
}

napi_value get_steer_after(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->steer_after_frames())) : nullptr;
}

napi_value get_position(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->position())) : nullptr;
}

napi_value get_snapshot_period(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->snapshot_period_frames())) : nullptr;
}

napi_value get_snapshot_ring_bytes(napi_env env, napi_callback_info info) {
  const RunAhead* stream = stream_of(Call(env, info));
  return stream ? number(env, static_cast<double>(stream->snapshot_ring_bytes())) : nullptr;
}

/// tell(into: Float64Array): all numbers of the moment, in the order of RUN_AHEAD_NUMBERS in load.ts.
/// One call without an object: it is made on the audio path.
napi_value tell(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  auto* handle = unwrap<StreamHandle>(env, call.self());
  double* into = nullptr;
  size_t length = 0;
  if (!handle || !call.doubles(0, into, length)) return nullptr;
  const RunAhead* stream = &handle->run_ahead;
  const RunawayCounts runaways = handle->runaways();
  const Xruns& xruns = stream->xruns();
  const double numbers[] = {
      stream->load(),
      static_cast<double>(stream->look_ahead_frames()),
      static_cast<double>(stream->control_latency_frames()),
      static_cast<double>(stream->scheduling()),
      static_cast<double>(stream->rollback()),
      static_cast<double>(stream->rollbacks()),
      static_cast<double>(stream->late_rollbacks()),
      static_cast<double>(stream->frames_stepped_again()),
      static_cast<double>(stream->conditioning_lost()),
      static_cast<double>(xruns.total()),
      static_cast<double>(xruns.of(XrunCause::starting)),
      static_cast<double>(xruns.of(XrunCause::overload)),
      static_cast<double>(xruns.of(XrunCause::preempted)),
      static_cast<double>(xruns.of(XrunCause::rollback)),
      static_cast<double>(xruns.of(XrunCause::burst)),
      static_cast<double>(runaways.of[static_cast<size_t>(RunawayCause::level)]),
      static_cast<double>(runaways.of[static_cast<size_t>(RunawayCause::noise)]),
      static_cast<double>(runaways.of[static_cast<size_t>(RunawayCause::stuck)]),
      static_cast<double>(runaways.of[static_cast<size_t>(RunawayCause::not_finite)]),
  };
  constexpr size_t kCount = sizeof numbers / sizeof numbers[0];
  if (length < kCount) return fail(env, "Expected room for all numbers.");
  std::copy(numbers, numbers + kCount, into);
  return nullptr;
}

/// takeLapse(into: Float64Array): boolean, false without one. Writes kind, read, frame and frames.
napi_value take_lapse(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  RunAhead* stream = stream_of(call);
  double* into = nullptr;
  size_t length = 0;
  if (!stream || !call.doubles(0, into, length)) return nullptr;
  if (length < 4) return fail(env, "Expected room for a lapse.");
  Lapse lapse;
  if (!stream->take_lapse(lapse)) return boolean(env, false);
  into[0] = static_cast<double>(lapse.kind);
  into[1] = static_cast<double>(lapse.read);
  into[2] = static_cast<double>(lapse.frame);
  into[3] = static_cast<double>(lapse.frames);
  return boolean(env, true);
}

/// Of createStream and createPairStream, after the arguments of their own.
struct StreamRequest {
  uint32_t seed = 0;
  RunAheadOptions options;
  StateSizes sizes;
  bool is_watched = false;
  WatchdogSettings watchdog;
};

/// seed, sampleRate, lookAheadFrames, fixedLookAheadFrames, wantsRealtime, minSpeed, temperature, topP, topK, blend,
/// stateSizes: Float64Array, watchdog?: Float64Array, from argument `at` on. No rollback when minSpeed is infinite.
bool stream_request(const Call& call, size_t at, StreamRequest& request) {
  RunAheadOptions& options = request.options;
  if (!call.uint32(at, request.seed) || !call.number(at + 1, options.sample_rate) ||
      !call.size(at + 2, options.look_ahead_frames) || !call.size(at + 3, options.fixed_look_ahead_frames) ||
      !call.boolean(at + 4, options.realtime) || !call.number(at + 5, options.min_speed) ||
      !sampling_of(call, at + 6, options.sampling) || !state_sizes(call, at + 10, request.sizes) ||
      !watchdog_settings(call, at + 11, request.is_watched, request.watchdog)) {
    return false;
  }
  if (!(options.sample_rate > 0.0)) {
    fail(call.env(), "Expected a sampleRate above 0.");
    return false;
  }
  options.rollback = options.min_speed < std::numeric_limits<double>::infinity();
  return true;
}

/// Of a model with these inputs: none, and no error, for one without.
bool make_conditioning(napi_env env, const Config& config, const RunAheadOptions& options,
                       std::unique_ptr<StreamConditioning>& conditioning) {
  if (config.num_inputs == 0) return true;
  conditioning = std::make_unique<StreamConditioning>(config, options.sample_rate, options.look_ahead_frames);
  if (conditioning->has_memory()) return true;
  fail(env, "There is not enough memory for the conditioning of a stream.");
  return false;
}

/// The stream of `voice`, which takes its conditioning from `conditioning`, null for models without inputs.
napi_value wrap_stream(napi_env env, StreamRequest request, std::unique_ptr<StreamConditioning> conditioning,
                       std::unique_ptr<AlignedSource> voice) {
  RunAheadOptions& options = request.options;
  StreamParts parts;
  parts.conditioning = std::move(conditioning);
  parts.ranges = voice->ranges();
  parts.states = std::make_unique<StreamStates>(request.sizes.num_slots, voice->snapshot_bytes(), options.look_ahead_frames);
  options.conditioning = parts.conditioning.get();
  options.states = parts.states.get();
  auto steered = std::make_unique<StateSource>(std::move(voice), *parts.states, request.sizes);
  if (!parts.states->has_memory() || !steered->init()) return fail(env, "There is not enough memory for kept states.");
  std::unique_ptr<FrameSource> source;
  if (request.is_watched) {
    auto watched = std::make_unique<WatchedSource>(std::move(steered), request.watchdog);
    if (!watched->init()) return fail(env, "There is not enough memory for the good states of a voice.");
    parts.watched = watched.get();
    source = std::move(watched);
  } else {
    source = std::move(steered);
  }
  auto handle = std::make_unique<StreamHandle>(std::move(parts), std::move(source), options);
  if (!handle->run_ahead.is_running()) {
    return fail(env, "There is not enough memory for a stream, or the system starts no further thread.");
  }
  const napi_property_descriptor properties[] = {
      method("read", read),
      method("setSampling", set_sampling),
      method("planSampling", plan_sampling),
      method("setConditioning", set_conditioning),
      method("commandState", command_state),
      method("isKept", is_kept),
      method("copySlot", copy_slot),
      method("fillSlot", fill_slot),
      method("snapshotRanges", snapshot_ranges),
      getter("slotBytes", get_slot_bytes),
      method("reset", reset),
      method("close", close),
      method("tell", tell),
      method("takeLapse", take_lapse),
      getter("availableFrames", get_available),
      getter("conditioningOverflows", get_conditioning_overflows),
      getter("position", get_position),
      getter("lookAheadFrames", get_look_ahead),
      getter("planAheadFrames", get_plan_ahead),
      getter("steerAfterFrames", get_steer_after),
      getter("subBlockFrames", get_sub_block),
      getter("snapshotPeriodFrames", get_snapshot_period),
      getter("snapshotRingBytes", get_snapshot_ring_bytes)};
  return wrap(env, std::move(handle), properties);
}

/// A stream of what `make` makes, whose arguments begin with `at`: as `stream_request` lists them.
napi_value stream_of_source(const Call& call, size_t at, const Config& config, const MakeSource& make) {
  const napi_env env = call.env();
  StreamRequest request;
  std::unique_ptr<StreamConditioning> conditioning;
  if (!stream_request(call, at, request) || !make_conditioning(env, config, request.options, conditioning)) return nullptr;
  std::unique_ptr<AlignedSource> source = make(conditioning.get(), request.seed);
  if (!source) return fail(env, "There is not enough memory for a voice.");
  return wrap_stream(env, std::move(request), std::move(conditioning), std::move(source));
}

}  // namespace

/// createStream(seed, ...): as `stream_request` lists them.
napi_value create_stream_of(const Call& call, const Config& config, const MakeSource& make) {
  return stream_of_source(call, 0, config, make);
}

napi_value create_stream(const Call& call, const std::shared_ptr<const Model>& model) {
  const auto make = [&](StreamConditioning* conditioning, uint32_t seed) -> std::unique_ptr<AlignedSource> {
    auto source = std::make_unique<ModelSource<Voice>>(std::vector{model}, conditioning);
    if (!source->voice().init(model->weights, *model->kernels, model->decode.data(), seed)) return nullptr;
    return source;
  };
  return create_stream_of(call, model->weights.config(), make);
}

/// createPairStream(models: two, mixing: 0 | 1, isFirstDropped, seed, ...): as `stream_request` lists them.
napi_value create_pair_stream_of(const Call& call, const CompositeModels& models, const MakePair& make) {
  uint32_t mixing = 0;
  bool is_first_dropped = false;
  if (!call.uint32(1, mixing) || !call.boolean(2, is_first_dropped)) return nullptr;
  if (models.all.size() != 2 || mixing > 1) return fail(call.env(), "Expected two models, and 0 or 1 for mixing.");
  return stream_of_source(call, 3, models.steered(), [&](StreamConditioning* conditioning, uint32_t seed) {
    return make(conditioning, seed, static_cast<Mixing>(mixing), is_first_dropped);
  });
}

napi_value create_pair_stream(napi_env env, napi_callback_info info) {
  const Call call(env, info);
  CompositeModels models;
  if (!models.take(env, call.argument(0), model_of)) return nullptr;
  const auto make = [&](StreamConditioning* conditioning, uint32_t seed, Mixing mixing,
                        bool is_first_dropped) -> std::unique_ptr<AlignedSource> {
    auto source = std::make_unique<ModelSource<Composite>>(models.all, conditioning);
    if (!source->voice().init(models.members(), models.all[0]->decode.data(), mixing, seed)) return nullptr;
    const bool is_dropped[2] = {is_first_dropped, false};
    source->voice().set_dropped(is_dropped);
    return source;
  };
  return create_pair_stream_of(call, models, make);
}

}  // namespace sashimi::node
