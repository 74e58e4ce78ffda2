#pragma once

#include "../core/sampling.h"
#include "conditioning.h"
#include "model.h"

namespace sashimi::node {

/// Per voice in a table of control values.
inline constexpr size_t kSamplingValues = 3;

/// Where stepBlock gathers its arguments.
struct GroupArguments {
  explicit GroupArguments(size_t capacity) : outs(capacity), samplings(capacity), conditionings(capacity) {}
  std::vector<float*> outs;
  std::vector<Sampling> samplings;
  std::vector<Conditioning> conditionings;
};

/// The methods that JavaScript sees of a group of voices. Handle has a `group` with the methods of sashimi::VoiceGroup, its
/// `model`, and `arguments`.
template <class Handle>
struct GroupMethods {
  using Group = decltype(Handle::group);

  /// The group, with its argument `slot`; null with a pending error.
  static Group* group_of(const Call& call, size_t& slot) {
    auto* handle = unwrap<Handle>(call.env(), call.self());
    if (!handle || !call.size(0, slot)) return nullptr;
    if (slot < handle->group.capacity()) return &handle->group;
    fail(call.env(), "Expected a slot below the capacity.");
    return nullptr;
  }

  /// start(slot, seed)
  static napi_value start(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    size_t slot = 0;
    uint32_t seed = 0;
    auto* group = group_of(call, slot);
    if (group && call.uint32(1, seed)) group->start(slot, seed);
    return nullptr;
  }

  /// stop(slot)
  static napi_value stop(napi_env env, napi_callback_info info) {
    size_t slot = 0;
    if (auto* group = group_of(Call(env, info), slot)) group->stop(slot);
    return nullptr;
  }

  /// isActive(slot): boolean
  static napi_value is_active(napi_env env, napi_callback_info info) {
    size_t slot = 0;
    const auto* group = group_of(Call(env, info), slot);
    return group ? boolean(env, group->is_active(slot)) : nullptr;
  }

  /// frame(slot): number
  static napi_value frame(napi_env env, napi_callback_info info) {
    size_t slot = 0;
    const auto* group = group_of(Call(env, info), slot);
    return group ? number(env, static_cast<double>(group->frame(slot))) : nullptr;
  }

  /// stepBlock(outs: Float32Array[], numFrames, samplings: Float64Array, conditionings?: (conditioning | undefined)[]):
  /// temperature, topP, topK per slot. Of slots that are not active only `samplings` is looked at.
  static napi_value step_block(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    size_t num_frames = 0;
    double* values = nullptr;
    size_t num_values = 0;
    if (!handle || !call.size(1, num_frames) || !call.doubles(2, values, num_values)) return nullptr;
    const size_t capacity = handle->group.capacity();
    if (num_values < capacity * kSamplingValues) return fail(env, "Expected three values per slot in samplings.");
    const bool is_steered = !call.is_undefined(3);
    for (size_t slot = 0; slot < capacity; ++slot) {
      if (!handle->group.is_active(slot)) continue;
      napi_value element = nullptr;
      size_t length = 0;
      napi_get_element(env, call.argument(0), static_cast<uint32_t>(slot), &element);
      if (!floats_of(env, element, handle->arguments.outs[slot], length)) return nullptr;
      if (length < num_frames) return fail(env, "Expected room for numFrames in every array of outs.");
      const double* sampling = values + slot * kSamplingValues;
      handle->arguments.samplings[slot] = {sampling[0], sampling[1], static_cast<uint32_t>(sampling[2])};
      if (!is_steered) continue;
      napi_get_element(env, call.argument(3), static_cast<uint32_t>(slot), &element);
      if (!conditioning_of(env, element, handle->model->weights.config(), handle->group.frame(slot), num_frames,
                           handle->arguments.conditionings[slot])) {
        return nullptr;
      }
    }
    handle->group.step_block(handle->arguments.outs.data(), num_frames, handle->arguments.samplings.data(),
                             is_steered ? handle->arguments.conditionings.data() : nullptr);
    return nullptr;
  }

  /// snapshot(slot, into: Uint8Array)
  static napi_value snapshot(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    size_t slot = 0;
    uint8_t* into = nullptr;
    size_t length = 0;
    const auto* group = group_of(call, slot);
    if (!group || !call.bytes(1, into, length)) return nullptr;
    if (length < group->snapshot_bytes()) return fail(env, "Expected room for snapshotBytes.");
    group->snapshot(slot, into);
    return nullptr;
  }

  /// restore(slot, from: Uint8Array): boolean, false when it is no snapshot of this model.
  static napi_value restore(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    size_t slot = 0;
    uint8_t* from = nullptr;
    size_t length = 0;
    auto* group = group_of(call, slot);
    if (!group || !call.bytes(1, from, length)) return nullptr;
    return boolean(env, length == group->snapshot_bytes() && group->restore(slot, from));
  }

  static napi_value get_snapshot_bytes(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    const auto* handle = unwrap<Handle>(env, call.self());
    return handle ? number(env, static_cast<double>(handle->group.snapshot_bytes())) : nullptr;
  }

  /// An object of them all, and `more`.
  template <class... More>
  static napi_value wrap_group(napi_env env, std::unique_ptr<Handle> handle, const More&... more) {
    const napi_property_descriptor properties[] = {
        getter("snapshotBytes", get_snapshot_bytes),
        method("start", start),
        method("stop", stop),
        method("isActive", is_active),
        method("frame", frame),
        method("stepBlock", step_block),
        method("snapshot", snapshot),
        method("restore", restore),
        more...};
    return wrap(env, std::move(handle), properties);
  }
};

}  // namespace sashimi::node
