#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "../core/composite.h"
#include "../core/sashimi_voice.h"
#include "../stream/state_source.h"
#include "../stream/stream_conditioning.h"
#include "napi_support.h"

namespace sashimi::node {

/// Everything that the voices of one model share. Read-only once made; threads may share it.
struct Model {
  Weights weights;
  const Kernels* kernels = nullptr;
  std::vector<float> decode;  ///< (levels), amplitude of every token.
};

/// The model of the first five arguments of createModel, with the fastest kernels of this machine; null with a pending error.
std::shared_ptr<Model> model_from(const Call& call);
/// createModel(config: Int32Array, values: Float32Array, kinds: Int32Array, scales: Float32Array,
///             decode: Float32Array, instructionSet?: string)
napi_value create_model(napi_env env, napi_callback_info info);
/// instructionSets(): string[], fastest first.
napi_value instruction_sets(napi_env env, napi_callback_info info);

/// createVoice(seed) of a model.
napi_value create_voice(napi_env env, const std::shared_ptr<const Model>& model, uint32_t seed);
/// createGroup(capacity) of a model.
napi_value create_group(napi_env env, const std::shared_ptr<const Model>& model, size_t capacity);
/// What JavaScript holds as a model; null with a pending error when `object` is none, or was disposed of.
std::shared_ptr<const Model> model_of(napi_env env, napi_value object);
/// The models of a composite.
struct CompositeModels {
  static constexpr uint32_t kMaxMembers = 64;
  using ModelOf = std::function<std::shared_ptr<const Model>(napi_env env, napi_value object)>;
  /// From an array of 1 to kMaxMembers objects that `model_of` knows, of one alphabet and (those that have any) the same
  /// conditioning inputs. False with a pending error.
  bool take(napi_env env, napi_value array, const ModelOf& model_of);
  const Config& steered() const { return all[steered_member]->weights.config(); }
  std::vector<CompositeMember> members() const;
  std::vector<std::shared_ptr<const Model>> all;
  size_t steered_member = 0;  ///< One that has conditioning inputs, when any has.
};

/// createComposite(models: NativeModel[], seed, mixing: 0 | 1): mixture or product.
napi_value create_composite(napi_env env, napi_callback_info info);
/// createStream(...) of a model: its arguments are listed in stream.cc.
napi_value create_stream(const Call& call, const std::shared_ptr<const Model>& model);
/// A stream of what `make` makes for a seed: the voice of a model with the inputs of `config`, which takes its conditioning from
/// what it is given, null without inputs. Null for `make` means that there is no memory.
using MakeSource = std::function<std::unique_ptr<AlignedSource>(StreamConditioning* conditioning, uint32_t seed)>;
napi_value create_stream_of(const Call& call, const Config& config, const MakeSource& make);
/// A stream of what `make` makes of two `models`. The arguments are those of createPairStream; the first has been taken.
using MakePair = std::function<std::unique_ptr<AlignedSource>(StreamConditioning* conditioning, uint32_t seed, Mixing mixing,
                                                              bool is_first_dropped)>;
napi_value create_pair_stream_of(const Call& call, const CompositeModels& models, const MakePair& make);
/// createPairStream(...): two models that sound as one; listed in stream.cc, too.
napi_value create_pair_stream(napi_env env, napi_callback_info info);

}  // namespace sashimi::node
