// The wasm module's surface: one model per instance, its voices by pointer. wasm-stepper.ts is
// the only caller; it checks lengths and ids before it calls.
#include "../core/sashimi_voice.h"

inline void* operator new(size_t, void* place) noexcept { return place; }

namespace {

/// Lives as long as the instance; made by `load`, because nothing here runs constructors at start.
alignas(sashimi::Weights) unsigned char weights_place[sizeof(sashimi::Weights)];
const sashimi::Weights* weights = nullptr;
const float* decode_table = nullptr;

}  // namespace

#define SASHIMI_EXPORT(name) extern "C" __attribute__((export_name(#name)))

SASHIMI_EXPORT(allocate) void* allocate(size_t bytes) { return sashimi::allocate_block(bytes); }
SASHIMI_EXPORT(release) void release(void* block) { sashimi::free_block(static_cast<unsigned char*>(block)); }

/// Null, or a zero-terminated sentence. Copies all but `decode`, which it keeps.
SASHIMI_EXPORT(load)
const char* load(const int32_t* words, size_t num_words, const float* values, size_t num_values, const int32_t* kinds,
                 size_t num_kinds, const float* scales, size_t num_scales, const float* decode) {
  sashimi::Config config;
  if (const char* fault = config.parse(words, num_words)) return fault;
  decode_table = decode;
  auto* loaded = new (weights_place) sashimi::Weights();
  weights = loaded;
  return loaded->load(config, {values, num_values, kinds, num_kinds, scales, num_scales});
}

SASHIMI_EXPORT(voice_create) sashimi::Voice* voice_create(uint32_t seed) {
  void* place = sashimi::allocate_block(sizeof(sashimi::Voice));
  if (!place) return nullptr;
  auto* voice = new (place) sashimi::Voice();
  if (voice->init(*weights, sashimi::kBaselineKernels, decode_table, seed)) return voice;
  voice->~Voice();
  release(place);
  return nullptr;
}

SASHIMI_EXPORT(voice_destroy) void voice_destroy(sashimi::Voice* voice) {
  voice->~Voice();
  release(voice);
}

SASHIMI_EXPORT(voice_frame) double voice_frame(const sashimi::Voice* voice) {
  return static_cast<double>(voice->frame());
}

SASHIMI_EXPORT(voice_surprise) double voice_surprise(const sashimi::Voice* voice) {
  return static_cast<double>(voice->draws().surprise());
}

SASHIMI_EXPORT(voice_faulty_draws) double voice_faulty_draws(const sashimi::Voice* voice) {
  return static_cast<double>(voice->draws().faulty());
}

SASHIMI_EXPORT(voice_reset) void voice_reset(sashimi::Voice* voice, uint32_t seed) { voice->reset(seed); }

/// Of both: `conditioning` may be null.
SASHIMI_EXPORT(voice_step)
void voice_step(sashimi::Voice* voice, float* out, size_t num_frames, double temperature, double top_p,
                uint32_t top_k, uint8_t* ids, const sashimi::Conditioning* conditioning) {
  sashimi::Sampling sampling;
  sampling.temperature = temperature;
  sampling.top_p = top_p;
  sampling.top_k = top_k;
  voice->step_block(out, num_frames, sampling, ids, conditioning ? *conditioning : sashimi::Conditioning{});
}

SASHIMI_EXPORT(voice_force)
void voice_force(sashimi::Voice* voice, const uint8_t* ids, size_t num_frames, float* logits,
                 const sashimi::Conditioning* conditioning) {
  voice->force_block(ids, num_frames, logits, conditioning ? *conditioning : sashimi::Conditioning{});
}

SASHIMI_EXPORT(voice_snapshot_bytes) size_t voice_snapshot_bytes(const sashimi::Voice* voice) {
  return voice->snapshot_bytes();
}

SASHIMI_EXPORT(voice_snapshot) void voice_snapshot(const sashimi::Voice* voice, unsigned char* into) {
  voice->snapshot(into);
}

/// As `frame`, or, below 0, as the frame that the snapshot was made at.
SASHIMI_EXPORT(voice_restore)
int32_t voice_restore(sashimi::Voice* voice, const unsigned char* from, double frame) {
  return frame < 0.0 ? voice->restore(from) : voice->restore(from, static_cast<uint64_t>(frame));
}

SASHIMI_EXPORT(voice_is_aligned) int32_t voice_is_aligned(const sashimi::Voice* voice) { return voice->is_aligned(); }

/// How many ranges a snapshot has. Where `into` is not null, four numbers of each: tier, offset, length, isMixed.
SASHIMI_EXPORT(voice_snapshot_ranges) size_t voice_snapshot_ranges(const sashimi::Voice* voice, uint32_t* into) {
  const size_t count = voice->ranges(nullptr);
  if (!into) return count;
  auto* const ranges = reinterpret_cast<sashimi::SnapshotRange*>(into);
  static_assert(sizeof(sashimi::SnapshotRange) == 4 * sizeof(uint32_t));
  voice->ranges(ranges);
  for (size_t i = 0; i < count; ++i) {
    const sashimi::SnapshotRange range = ranges[i];
    into[4 * i] = range.tier;
    into[4 * i + 1] = static_cast<uint32_t>(range.offset);
    into[4 * i + 2] = static_cast<uint32_t>(range.bytes);
    into[4 * i + 3] = range.is_mixed;
  }
  return count;
}
