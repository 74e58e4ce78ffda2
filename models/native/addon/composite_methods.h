#pragma once

#include <algorithm>

#include "voice_methods.h"

namespace sashimi::node {

/// The methods that JavaScript sees of anything that is a composite. Handle is that of VoiceMethods, its `voice` has the methods
/// of sashimi::Composite.
template <class Handle>
struct CompositeMethods {
  /// setWeights(weights: Float64Array)
  static napi_value set_weights(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    double* weights = nullptr;
    size_t count = 0;
    if (!handle || !call.doubles(0, weights, count)) return nullptr;
    if (count != handle->voice.num_members()) return fail(env, "Expected a weight per member.");
    handle->voice.set_weights(weights);
    return nullptr;
  }

  /// setDropped(isDropped: Uint8Array): 0 or 1 per member.
  static napi_value set_dropped(napi_env env, napi_callback_info info) {
    const Call call(env, info);
    auto* handle = unwrap<Handle>(env, call.self());
    uint8_t* flags = nullptr;
    size_t count = 0;
    if (!handle || !call.bytes(0, flags, count)) return nullptr;
    if (count != handle->voice.num_members()) return fail(env, "Expected a flag per member.");
    bool is_dropped[CompositeModels::kMaxMembers];
    std::transform(flags, flags + count, is_dropped, [](uint8_t flag) { return flag != 0; });
    handle->voice.set_dropped(is_dropped);
    return nullptr;
  }

  /// An object of them all, and `more`.
  template <class... More>
  static napi_value wrap_composite(napi_env env, std::unique_ptr<Handle> handle, const More&... more) {
    return VoiceMethods<Handle>::wrap_voice(env, std::move(handle), method("setWeights", set_weights),
                                            method("setDropped", set_dropped), more...);
  }
};

}  // namespace sashimi::node
