/// Runs the kernel on a card and prints what it does, in one table that docs/performance.md can take: goldens, equality
/// across block sizes, voices from 1 to 1,024, how even the blocks are, and live streams, composites among them. No Node, no CUDA toolkit.
///
///   bench [--driver LIBRARY] [--ptx FILE] [--quick] [--hashes] [--shapes] [--seconds SECONDS] [--soak SECONDS] [FILE.model ...]
#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include "../../test/random_model.h"
#include "../host/cuda_group.h"
#include "packed_model.h"
#include "streams.h"

namespace sashimi::cuda {
namespace {

using test::RandomModel;
using test::Shape;

constexpr size_t kBlockFrames = 128;
constexpr double kSampleRate = 16000.0;
/// Of logits, against the official code.
constexpr float kTolerance = 2e-5F;
constexpr Sampling kSampling{0.9, 0.95, 0};

struct Options {
  const char* driver = nullptr;
  const char* ptx = "../sashimi.ptx";
  bool is_quick = false;
  bool wants_hashes = false;
  bool wants_shapes = false;
  double seconds = 2.0;  ///< Of each row of the table.
  double soak_seconds = 0.0;
  std::vector<const char*> files;
};

/// Of the paper's size: d 64, 8 layers, pools 4 and 4, 32 modes.
RandomModel paper_size(WeightFormat format) {
  return RandomModel(Shape{64, 8, 2, 2, 0, 1, 1, 30, 0, 256, {4, 4}, format, true});
}

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

uint64_t hash(const std::vector<float>& values) {
  uint64_t sum = 1469598103934665603ULL;
  for (const float value : values) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    sum = (sum ^ bits) * 1099511628211ULL;
  }
  return sum;
}

std::vector<float> played(const std::shared_ptr<const CudaModel>& model, size_t num_frames, size_t block) {
  CudaGroup group;
  std::vector<float> out(num_frames);
  if (!group.init(model, 1)) return {};
  group.start(0, 7);
  for (size_t at = 0; at < num_frames; at += block) {
    float* const outs[] = {out.data() + at};
    group.step_block(outs, std::min(block, num_frames - at), &kSampling, nullptr);
  }
  return group.fault() ? std::vector<float>{} : out;
}

/// Seconds of each block of `capacity` voices that step together, sorted.
std::vector<double> block_seconds(CudaGroup& group, size_t capacity, double seconds) {
  std::vector<std::vector<float>> outs(capacity, std::vector<float>(kBlockFrames));
  std::vector<float*> at;
  for (auto& out : outs) at.push_back(out.data());
  const std::vector<Sampling> samplings(capacity, kSampling);
  for (size_t slot = 0; slot < capacity; ++slot) group.start(slot, static_cast<uint32_t>(slot));
  for (int warm = 0; warm < 4; ++warm) group.step_block(at.data(), kBlockFrames, samplings.data(), nullptr);
  std::vector<double> times;
  const double began = now();
  while (!group.fault() && (times.size() < 8 || now() - began < seconds)) {
    const double start = now();
    group.step_block(at.data(), kBlockFrames, samplings.data(), nullptr);
    times.push_back(now() - start);
  }
  std::sort(times.begin(), times.end());
  return times;
}

void print_head() {
  std::puts("\n| model | voices | to a block of threads | blocks to a voice | times real time | voices in real time | block p50 ms | p99 | worst |");
  std::puts("|---|---|---|---|---|---|---|---|---|");
}

void print_voices(const char* name, const std::shared_ptr<const CudaModel>& model, size_t capacity, double seconds,
                  std::optional<LaunchShape> shape = std::nullopt) {
  CudaGroup group;
  if (!group.init(model, capacity, shape)) {
    std::printf("| %s | %zu | | | no memory | | | | |\n", name, capacity);
    return;
  }
  const std::vector<double> times = block_seconds(group, capacity, seconds);
  if (group.fault()) {
    std::printf("| %s | %zu | %zu | %u | %s | | | | |\n", name, capacity, group.slots_per_block(), group.team(), group.fault());
    return;
  }
  const auto part = [&](double share) { return times[static_cast<size_t>(share * static_cast<double>(times.size() - 1))]; };
  const double real_time = kBlockFrames / kSampleRate / part(0.5);
  std::printf("| %s | %zu | %zu | %u | %.2f | %.1f | %.3f | %.3f | %.3f |\n", name, capacity, group.slots_per_block(), group.team(),
              real_time, real_time * static_cast<double>(capacity), 1e3 * part(0.5), 1e3 * part(0.99), 1e3 * times.back());
  std::fflush(stdout);
}

/// All ways in which voices can be spread, and what each was estimated to take: whether the right one is chosen.
void print_shapes(const char* name, const std::shared_ptr<const CudaModel>& model, double seconds) {
  const BuiltPlan& built = model->built();
  const uint32_t blocks = model->device()->multiprocessors();
  print_head();
  for (const uint32_t voices : {1U, blocks / 2, blocks, 2 * blocks, 4 * blocks}) {
    for (uint32_t team = 1; team <= std::min(built.plan.num_tiers, blocks); ++team) {
      const uint32_t teams = blocks / team;
      const LaunchShape shape = {(voices + teams - 1) / teams, team};
      if (shape.slots > kMaxSlots) continue;
      char title[128];
      std::snprintf(title, sizeof title, "%s, %.0f cycles a sample", name, estimated_cycles(built, shape, voices));
      print_voices(title, model, voices, seconds, shape);
    }
  }
  std::puts("");
}

/// Multiply-adds and bytes of weights of one sample of one voice, in the mean: the two floors.
void print_floors(const char* name, const BuiltPlan& built) {
  double macs = 0.0;
  double bytes = 0.0;
  const double width[] = {4.0, 2.0, 1.0, 0.5};
  const auto add = [&](const MatrixPlan& matrix, double rate) {
    const double count = static_cast<double>(matrix.in) * matrix.out;
    macs += count * rate;
    bytes += count * width[static_cast<size_t>(matrix.format)] * rate;
  };
  for (const PhasePlan& phase : built.phases) {
    const TierPlan& tier = built.plan.tiers[phase.tier];
    const double rate = 1.0 / static_cast<double>(tier.pooled);
    if (phase.work == Work::product) add(phase.matrix, rate);
    if (phase.work != Work::diagonal && phase.work != Work::rank_one) continue;
    // A chunk of a diagonal state space: 4 frames of 4 multiply-adds for the state, 2 for the output, per mode and channel.
    const double modes = static_cast<double>(phase.ssm.pairs) * tier.padded;
    macs += modes * (phase.ssm.is_diagonal ? 6.0 : 16.0) * rate;
    bytes += modes * 4.0 * (phase.ssm.is_diagonal ? phase.ssm.pair_rows / 4.0 : phase.ssm.pair_rows) * rate;
  }
  std::printf("%s: %.2f M multiply-adds and %.2f MB of weights a sample; at 16 kHz %.1f G/s and %.1f GB/s for a voice that shares "
              "with none\n", name, macs / 1e6, bytes / 1e6, macs * kSampleRate / 1e9, bytes * kSampleRate / 1e9);
}

bool print_golden(const char* name, const PackedModel& packed, const std::shared_ptr<const CudaModel>& model) {
  if (packed.ids.empty()) return true;
  CudaGroup group;
  std::vector<float> logits(packed.logits.size());
  if (!group.init(model, 1)) return false;
  group.start(0, 1);
  group.force_block(0, packed.ids.data(), packed.ids.size(), logits.data(), {});
  float worst = 0.0F;
  for (size_t i = 0; i < logits.size(); ++i) {
    const float difference = std::fabs(logits[i] - packed.logits[i]);
    // What is no number must not pass.
    if (!(difference <= worst)) worst = difference;
  }
  const bool is_ok = !group.fault() && worst <= kTolerance;
  std::printf("golden %s: largest difference of a logit %.3g, %s\n", name, static_cast<double>(worst), is_ok ? "ok" : "FAILED");
  return is_ok;
}

bool print_blocks(const char* name, const std::shared_ptr<const CudaModel>& model, const Options& options) {
  const size_t num_frames = options.is_quick || options.wants_hashes ? 256 : 4096;
  const std::vector<float> whole = played(model, num_frames, num_frames);
  bool is_ok = !whole.empty();
  if (!options.wants_hashes) {
    for (const size_t block : {size_t{1}, size_t{7}, size_t{64}, size_t{256}}) is_ok = is_ok && played(model, num_frames, block) == whole;
  }
  std::printf("samples %s: %016llx, in blocks of any size %s\n", name, static_cast<unsigned long long>(hash(whole)), is_ok ? "ok" : "FAILED");
  return is_ok;
}

bool measure(const char* name, const Weights& weights, const float* decode, const PackedModel* packed,
             const std::shared_ptr<Device>& device, const Options& options) {
  std::string why;
  const auto model = CudaModel::make(device, weights, decode, why);
  if (!model) {
    std::printf("%s: %s\n", name, why.c_str());
    return false;
  }
  if (options.soak_seconds > 0.0) {
    print_voices(name, model, 1, options.soak_seconds);
    return true;
  }
  if (options.wants_shapes) {
    print_shapes(name, model, options.is_quick ? 0.0 : options.seconds);
    return true;
  }
  bool is_ok = !packed || print_golden(name, *packed, model);
  is_ok = print_blocks(name, model, options) && is_ok;
  if (options.wants_hashes) return is_ok;
  print_floors(name, model->built());
  print_head();
  for (size_t voices = 1; voices <= (options.is_quick ? 4 : 1024); voices *= voices < 64 ? 4 : 2) {
    print_voices(name, model, voices, options.is_quick ? 0.0 : options.seconds);
  }
  std::puts("");
  return is_ok;
}

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool has_value = i + 1 < argc;
    if (word == "--driver" && has_value) options.driver = argv[++i];
    else if (word == "--ptx" && has_value) options.ptx = argv[++i];
    else if (word == "--seconds" && has_value) options.seconds = std::atof(argv[++i]);
    else if (word == "--soak" && has_value) options.soak_seconds = std::atof(argv[++i]);
    else if (word == "--quick") options.is_quick = true;
    else if (word == "--hashes") options.wants_hashes = true;
    else if (word == "--shapes") options.wants_shapes = true;
    else if (word[0] == '-') return false;
    else options.files.push_back(argv[i]);
  }
  return true;
}

std::string read_text(const char* path) {
  std::string text;
  std::FILE* const file = std::fopen(path, "rb");
  char part[4096];
  for (size_t count; file && (count = std::fread(part, 1, sizeof part, file)) > 0;) text.append(part, count);
  if (file) std::fclose(file);
  return text;
}

int run(const Options& options) {
  std::string why;
  const auto device = Device::open(options.driver, read_text(options.ptx).c_str(), why);
  if (!device) {
    std::printf("%s\n", why.c_str());
    return 2;
  }
  if (!options.wants_hashes) {
    std::printf("%s, %u multiprocessors, %zu bytes of shared memory; blocks of %zu frames at %g Hz\n\n", device->name().c_str(),
                device->multiprocessors(), device->shared_bytes(), kBlockFrames, kSampleRate);
  }
  bool is_ok = true;
  for (const auto& [name, format] : {std::pair{"paper's size, f32", WeightFormat::f32}, std::pair{"paper's size, bf16", WeightFormat::bf16}}) {
    const RandomModel model = paper_size(format);
    is_ok = measure(name, model.weights(), model.decode(), nullptr, device, options) && is_ok;
    if (options.soak_seconds > 0.0 || options.wants_shapes) continue;
    is_ok = Streams(device, model.weights(), model.decode()).print(options.wants_hashes, options.is_quick ? 0.0 : options.seconds) && is_ok;
  }
  for (const char* file : options.files) {
    PackedModel packed;
    if (const char* fault = packed.read(file)) {
      std::printf("%s %s\n", file, fault);
      is_ok = false;
      continue;
    }
    is_ok = measure(file, packed.weights, packed.decode.data(), &packed, device, options) && is_ok;
  }
  std::puts(is_ok ? "ok" : "FAILED");
  return is_ok ? 0 : 1;
}

}  // namespace
}  // namespace sashimi::cuda

int main(int argc, char** argv) {
  sashimi::cuda::Options options;
  if (sashimi::cuda::parse(argc, argv, options)) return sashimi::cuda::run(options);
  std::puts("usage: bench [--driver LIBRARY] [--ptx FILE] [--quick] [--hashes] [--shapes] [--seconds SECONDS] [--soak SECONDS] [FILE.model ...]");
  return 2;
}
