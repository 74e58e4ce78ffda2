/// Plays voices of a model with random weights on a driver that is none, and prints a hash of their samples: equal hashes, equal bits.
///
///   play DRIVER FRAMES VOICES [paper|small|tier] [f32|bf16|int8|int4]
///
/// `paper` has the paper's size, `tier` its first tier alone.
#include <cstdio>
#include <string>

#include "../../test/random_model.h"
#include "../host/cuda_group.h"

namespace sashimi::cuda {
namespace {

using test::RandomModel;
using test::Shape;

Shape shape_of(const std::string& name, WeightFormat format) {
  if (name == "small") return {32, 2, 2, 2, 0, 1, 0, 16, 0, 256, {4, 4}, format};
  if (name == "tier") return {64, 8, 2, 2, 0, 1, 1, 30, 0, 256, {}, format, true};
  return {64, 8, 2, 2, 0, 1, 1, 30, 0, 256, {4, 4}, format, true};
}

WeightFormat format_of(const std::string& name) {
  return name == "bf16" ? WeightFormat::bf16 : name == "int8" ? WeightFormat::int8 : name == "int4" ? WeightFormat::int4 : WeightFormat::f32;
}

int play(const char* driver, size_t num_frames, size_t num_voices, const Shape& shape) {
  std::string why;
  const auto device = Device::open(driver, ".version 7.4\n.target sm_70\n.entry sashimi_serve(\n", why);
  const RandomModel random(shape);
  const auto model = device ? CudaModel::make(device, random.weights(), random.decode(), why) : nullptr;
  CudaGroup group;
  if (!model || !group.init(model, num_voices, LaunchShape{static_cast<uint32_t>(num_voices), 1})) {
    std::printf("no model on a device: %s\n", why.c_str());
    return 2;
  }
  std::vector<std::vector<float>> outs(num_voices, std::vector<float>(num_frames));
  std::vector<float*> at;
  for (auto& out : outs) at.push_back(out.data());
  const std::vector<Sampling> samplings(num_voices, Sampling{0.9, 0.95, 0});
  for (size_t slot = 0; slot < num_voices; ++slot) group.start(slot, static_cast<uint32_t>(7 + slot));
  group.step_block(at.data(), num_frames, samplings.data(), nullptr);
  uint64_t hash = 1469598103934665603ULL;
  for (const auto& out : outs) {
    for (const float value : out) {
      uint32_t bits;
      std::memcpy(&bits, &value, sizeof bits);
      hash = (hash ^ bits) * 1099511628211ULL;
    }
  }
  if (const char* fault = group.fault()) return std::printf("the device failed: %s\n", fault), 1;
  std::printf("%016llx\n", static_cast<unsigned long long>(hash));
  return 0;
}

}  // namespace
}  // namespace sashimi::cuda

int main(int argc, char** argv) {
  if (argc < 4) return std::puts("usage: play DRIVER FRAMES VOICES [paper|small|tier] [f32|bf16|int8|int4]"), 2;
  const auto format = sashimi::cuda::format_of(argc > 5 ? argv[5] : "f32");
  return sashimi::cuda::play(argv[1], static_cast<size_t>(std::atoi(argv[2])), static_cast<size_t>(std::atoi(argv[3])),
                             sashimi::cuda::shape_of(argc > 4 ? argv[4] : "paper", format));
}
