#include "../cuda/addon/cuda.h"
#include "model.h"
#include "probe.h"

/// The whole native surface. `NativeAddon` in load.ts is its TypeScript side. Every environment
/// (main thread, workers) gets objects of its own; nothing is shared between them but code.
NAPI_MODULE_INIT() {
  const napi_property_descriptor exported[] = {
      sashimi::node::method("createModel", sashimi::node::create_model),
      sashimi::node::method("createComposite", sashimi::node::create_composite),
      sashimi::node::method("createPairStream", sashimi::node::create_pair_stream),
      sashimi::node::method("instructionSets", sashimi::node::instruction_sets),
      sashimi::node::method("openCuda", sashimi::node::open_cuda),
      sashimi::node::method("probe", sashimi::node::probe),
  };
  napi_define_properties(env, exports, sizeof exported / sizeof exported[0], exported);
  return exports;
}
