#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../../test/random_model.h"
#include "../host/cuda_model.h"

namespace sashimi::cuda {

inline constexpr char kPtx[] = ".version 6.3\n.target sm_70\n.entry sashimi_serve(\n";
/// Of logits, against the core: the order of sums is another one.
inline constexpr float kTolerance = 2e-5F;

inline const char* fake_driver = nullptr;

inline std::shared_ptr<const CudaModel> on_device(const test::RandomModel& model) {
  std::string why;
  const auto device = Device::open(fake_driver, kPtx, why);
  CHECK(device);
  auto made = CudaModel::make(device, model.weights(), model.decode(), why);
  CHECK(made);
  return made;
}

inline const Kernels& kernels() { return *find_kernels(nullptr); }

inline float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  float largest = 0.0F;
  CHECK(a.size() == b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    CHECK(std::isfinite(a[i]));
    largest = std::max(largest, std::fabs(a[i] - b[i]));
  }
  return largest;
}

inline const Sampling kSamplings[] = {{0.9, 0.95, 0}, {0.0, 1.0, 0}, {1.0, 1.0, 0}, {0.8, 1.0, 12}, {1.3, 0.6, 40}};

}  // namespace sashimi::cuda
