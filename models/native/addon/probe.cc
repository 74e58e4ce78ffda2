#include "probe.h"

#include "../probe/probe.h"

namespace sashimi::node {

napi_value probe(napi_env env, napi_callback_info) {
  ProbeResult result;
  if (!probe_core(result)) return fail(env, "There is not enough memory for the probe.");
  napi_value object = nullptr;
  napi_value rates = nullptr;
  napi_create_object(env, &object);
  napi_create_array_with_length(env, kProbeSets, &rates);
  for (size_t set = 0; set < kProbeSets; ++set) {
    napi_value rate = nullptr;
    napi_create_object(env, &rate);
    napi_set_named_property(env, rate, "bytes", number(env, static_cast<double>(kProbeBytes[set])));
    napi_set_named_property(env, rate, "bytesPerSecond", number(env, result.bytes_per_second[set]));
    napi_set_element(env, rates, static_cast<uint32_t>(set), rate);
  }
  napi_set_named_property(env, object, "instructionSet", string(env, result.instruction_set));
  napi_set_named_property(env, object, "macsPerSecond", number(env, result.macs_per_second));
  napi_set_named_property(env, object, "int16MacsPerSecond", number(env, result.int16_macs_per_second));
  napi_set_named_property(env, object, "readRates", rates);
  return object;
}

}  // namespace sashimi::node
