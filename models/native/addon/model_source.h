#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "../core/composite.h"
#include "../core/sashimi_voice.h"
#include "../stream/state_source.h"
#include "../stream/stream_conditioning.h"
#include "model.h"

namespace sashimi::node {

/// What of the control values is for a voice itself.
template <class V>
void obey(V& voice, const Sampling& sampling) {
  if constexpr (requires { voice.set_blend(sampling.blend); }) voice.set_blend(sampling.blend);
}

/// A voice, or a composite of two, as the source of a run-ahead thread.
template <class V>
class ModelSource : public AlignedSource {
 public:
  /// The models of `voice`, which is to be initialised, and `conditioning`, null for models without inputs. That must outlive it.
  ModelSource(std::vector<std::shared_ptr<const Model>> models, StreamConditioning* conditioning)
      : models_(std::move(models)), conditioning_(conditioning) {}
  V& voice() { return voice_; }

  void reset(uint32_t seed) override { voice_.reset(seed); }
  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    obey(voice_, sampling);
    if (!conditioning_) return voice_.step_block(out, num_frames, sampling, nullptr);
    for (size_t done = 0; done < num_frames;) {
      Conditioning conditioning;
      const size_t count = conditioning_->lend(voice_.frame(), num_frames - done, conditioning);
      voice_.step_block(out + done, count, sampling, nullptr, conditioning);
      done += count;
    }
  }
  size_t snapshot_bytes() const override { return voice_.snapshot_bytes(); }
  void snapshot(unsigned char* into) const override { voice_.snapshot(into); }
  void restore(const unsigned char* from) override { voice_.restore(from); }
  bool reserve_marks(size_t count) override {
    if constexpr (kKeepsMarks) return voice_.reserve_marks(count);
    else return true;
  }
  void mark(size_t number, unsigned char* into) override {
    if constexpr (kKeepsMarks) voice_.mark(number, into);
    else voice_.snapshot(into);
  }
  bool return_to(size_t number, const unsigned char* from) override {
    if constexpr (kKeepsMarks) return voice_.return_to(number, from);
    else return voice_.restore(from);
  }
  uint64_t surprise() const override { return voice_.draws().surprise(); }
  uint64_t faulty_draws() const override { return voice_.draws().faulty(); }
  void restore_as(const unsigned char* from, uint64_t frame) override { voice_.restore(from, frame); }
  uint64_t frame() const override { return voice_.frame(); }
  bool is_aligned() const override { return voice_.is_aligned(); }
  std::vector<SnapshotRange> ranges() const override {
    std::vector<SnapshotRange> ranges(voice_.ranges(nullptr));
    voice_.ranges(ranges.data());
    return ranges;
  }
  void reseed(uint32_t seed) override { voice_.reseed(seed); }

 private:
  /// A voice that is far from this processor.
  static constexpr bool kKeepsMarks = requires(V& voice, unsigned char* into) { voice.mark(size_t{}, into); };

  std::vector<std::shared_ptr<const Model>> models_;
  StreamConditioning* conditioning_ = nullptr;
  V voice_;
};

}  // namespace sashimi::node
