#pragma once

#include "conditioning.h"
#include "model.h"
#include "range_numbers.h"

namespace sashimi::node {

/// The methods that JavaScript sees of anything that is a voice. Handle has a `voice` with the methods of
/// sashimi::Voice, `models`, of which the first has the alphabet, and `steered()`, the configuration with the conditioning inputs.
template <class Handle>
struct VoiceMethods {
  static napi_value get_frame(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    return handle ? number(env, static_cast<double>(handle->voice.frame())) : nullptr;
  }

  static napi_value get_surprise(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    return handle ? number(env, static_cast<double>(handle->voice.draws().surprise())) : nullptr;
  }

  static napi_value get_faulty_draws(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    return handle ? number(env, static_cast<double>(handle->voice.draws().faulty())) : nullptr;
  }

  static napi_value get_snapshot_bytes(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    return handle ? number(env, static_cast<double>(handle->voice.snapshot_bytes())) : nullptr;
  }

  static napi_value get_is_aligned(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    return handle ? boolean(env, handle->voice.is_aligned()) : nullptr;
  }

  /// snapshotRanges(): number[], four of each range: tier, offset, length, isMixed. Allocates.
  static napi_value snapshot_ranges(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    if (!handle) return nullptr;
    std::vector<SnapshotRange> ranges(handle->voice.ranges(nullptr));
    handle->voice.ranges(ranges.data());
    return range_numbers(env, ranges);
  }

  /// reset(seed)
  static napi_value reset(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    uint32_t seed = 0;
    if (handle && call.uint32(0, seed)) handle->voice.reset(seed);
    return nullptr;
  }

  /// stepBlock(out: Float32Array, numFrames, temperature, topP, topK, ids?: Uint8Array, conditioning?: (Float32Array | undefined)[])
  static napi_value step_block(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    float* out = nullptr;
    uint8_t* ids = nullptr;
    size_t num_out = 0;
    size_t num_ids = 0;
    size_t num_frames = 0;
    Sampling sampling;
    if (!handle || !call.floats(0, out, num_out) || !call.size(1, num_frames) ||
        !call.number(2, sampling.temperature) || !call.number(3, sampling.top_p) || !call.uint32(4, sampling.top_k)) {
      return nullptr;
    }
    if (!call.is_undefined(5) && !call.bytes(5, ids, num_ids)) return nullptr;
    if (num_out < num_frames) return fail(env, "Expected room for numFrames in out.");
    if (ids && num_ids < num_frames) return fail(env, "Expected room for numFrames in ids.");
    Conditioning conditioning;
    if (!conditioning_of(env, call.argument(6), handle->steered(), handle->voice.frame(), num_frames, conditioning)) {
      return nullptr;
    }
    handle->voice.step_block(out, num_frames, sampling, ids, conditioning);
    return nullptr;
  }

  /// forceBlock(ids: Uint8Array, numFrames, logits?: Float32Array, conditioning?: (Float32Array | undefined)[])
  static napi_value force_block(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    uint8_t* ids = nullptr;
    float* logits = nullptr;
    size_t num_ids = 0;
    size_t num_logits = 0;
    size_t num_frames = 0;
    if (!handle || !call.bytes(0, ids, num_ids) || !call.size(1, num_frames)) return nullptr;
    if (!call.is_undefined(2) && !call.floats(2, logits, num_logits)) return nullptr;
    const size_t levels = handle->models[0]->weights.config().levels;
    if (num_ids < num_frames) return fail(env, "Expected numFrames ids.");
    if (logits && num_logits < num_frames * levels) return fail(env, "Expected room for numFrames rows in logits.");
    for (size_t t = 0; t < num_frames; ++t) {
      if (ids[t] >= levels) return fail(env, "Expected ids below levels.");
    }
    Conditioning conditioning;
    if (!conditioning_of(env, call.argument(3), handle->steered(), handle->voice.frame(), num_frames, conditioning)) {
      return nullptr;
    }
    handle->voice.force_block(ids, num_frames, logits, conditioning);
    return nullptr;
  }

  /// snapshot(into: Uint8Array)
  static napi_value snapshot(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    uint8_t* into = nullptr;
    size_t length = 0;
    if (!handle || !call.bytes(0, into, length)) return nullptr;
    if (length < handle->voice.snapshot_bytes()) return fail(env, "Expected room for snapshotBytes.");
    handle->voice.snapshot(into);
    return nullptr;
  }

  /// restore(from: Uint8Array, frame?): boolean, false when it is no snapshot of this model, or not to go on as that frame.
  static napi_value restore(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    uint8_t* from = nullptr;
    size_t length = 0;
    if (!handle || !call.bytes(0, from, length)) return nullptr;
    if (length != handle->voice.snapshot_bytes()) return boolean(env, false);
    if (call.is_undefined(1)) return boolean(env, handle->voice.restore(from));
    uint64_t frame = 0;
    return call.frame(1, frame) ? boolean(env, handle->voice.restore(from, frame)) : nullptr;
  }

  /// An object of them all, and `more`.
  template <class... More>
  static napi_value wrap_voice(napi_env env, std::unique_ptr<Handle> handle, const More&... more) {
    const napi_property_descriptor properties[] = {
        getter("frame", get_frame),        getter("snapshotBytes", get_snapshot_bytes),
        getter("surprise", get_surprise),  getter("faultyDraws", get_faulty_draws),
        method("reset", reset),            method("stepBlock", step_block),
        method("forceBlock", force_block), method("snapshot", snapshot),
        method("restore", restore),        getter("isAligned", get_is_aligned),
        method("snapshotRanges", snapshot_ranges), more...};
    return wrap(env, std::move(handle), properties);
  }
};

}  // namespace sashimi::node
