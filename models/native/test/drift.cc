/// Forces tokens through a model and writes the predictions of every n-th frame as float64. Built once as the engine
/// is, once with SASHIMI_FLOAT64: the difference is what float arithmetic loses in minutes of sound.
///
///   drift MODEL IDS EVERY OUT
///
/// MODEL: int32 count and words of the configuration, then count and numbers of values, kinds and scales, as pack.ts
/// makes them. IDS: bytes.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

#include "../core/sashimi_voice.h"

namespace sashimi {
namespace {

[[noreturn]] void give_up(const char* what) {
  std::fprintf(stderr, "drift: %s\n", what);
  std::exit(1);
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, CloseFile>;

File open(const char* path, const char* mode) {
  File file(std::fopen(path, mode));
  if (!file) give_up("a file cannot be opened");
  return file;
}

template <class T>
std::vector<T> read_array(std::FILE* file) {
  int32_t count = 0;
  if (std::fread(&count, sizeof count, 1, file) != 1 || count < 0) give_up("the model is cut short");
  std::vector<T> values(static_cast<size_t>(count));
  if (std::fread(values.data(), sizeof(T), values.size(), file) != values.size()) give_up("the model is cut short");
  return values;
}

void run(const char* model_path, const char* ids_path, size_t every, const char* out_path) {
  const File model = open(model_path, "rb");
  const auto words = read_array<int32_t>(model.get());
  const auto values = read_array<float>(model.get());
  const auto kinds = read_array<int32_t>(model.get());
  const auto scales = read_array<float>(model.get());
  Config config;
  if (const char* fault = config.parse(words.data(), words.size())) give_up(fault);
  Weights weights;
  const ModelData data{values.data(), values.size(), kinds.data(), kinds.size(), scales.data(), scales.size()};
  if (const char* fault = weights.load(config, data)) give_up(fault);
  const std::vector<float> decode(config.levels);
  Voice voice;
  if (!voice.init(weights, *find_kernels(nullptr), decode.data(), 0)) give_up("there is not enough memory");

  const File ids = open(ids_path, "rb");
  const File out = open(out_path, "wb");
  std::vector<uint8_t> block(every);
  std::vector<Real> logits(config.levels);
  while (std::fread(block.data(), 1, every, ids.get()) == every) {
    if (every > 1) voice.force_block(block.data(), every - 1, nullptr);
    voice.force_block(&block[every - 1], 1, logits.data());
    const std::vector<double> row(logits.begin(), logits.end());
    if (std::fwrite(row.data(), sizeof(double), row.size(), out.get()) != row.size()) give_up("the output cannot be written");
  }
}

}  // namespace
}  // namespace sashimi

int main(int argc, char** argv) {
  if (argc != 5 || std::atoi(argv[3]) < 1) {
    std::fputs("usage: drift MODEL IDS EVERY OUT\n", stderr);
    return 2;
  }
  sashimi::run(argv[1], argv[2], static_cast<size_t>(std::atoi(argv[3])), argv[4]);
}
