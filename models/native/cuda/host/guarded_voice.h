#pragma once

#include "backup.h"

namespace sashimi::cuda {

/// A stream on a device, and where it is guarded its stand-in: when the device fails, `Native`, on this processor, goes on from where
/// the stream is, so that the call that finds it out gives the samples that it was asked for. For that a state comes from the
/// device now and then, and what is played since is kept (backup.h). Not thread-safe: one caller at a time. After it was
/// initialised no method allocates, but reserve_marks.
template <class Native>
class GuardedVoice {
 public:
  /// Tallies of the draws, of the device and of the processor that took over.
  struct Draws {
    uint64_t bits;
    uint64_t faults;
    uint64_t surprise() const { return bits; }
    uint64_t faulty() const { return faults; }
  };

  uint64_t frame() const { return is_handed_over_ ? native_.frame() : device_.frame(); }
  Draws draws() const {
    return {device_.surprise() + native_.draws().surprise(), device_.faulty() + native_.draws().faulty()};
  }

  void reset(uint32_t seed) {
    if (is_guarded_) {
      native_.reset(seed);
      keep_native();
    }
    if (!is_handed_over_) device_.reset(seed);
    if (has_to_take_over()) is_handed_over_ = true;
  }

  void step_block(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids, const Conditioning& conditioning = {}) {
    if (!is_guarded_) return device_.step_block(out, num_frames, sampling, ids, conditioning);
    Conditioning rest = conditioning;
    size_t done = 0;
    while (!is_handed_over_ && done < num_frames) {
      const size_t count = std::min(num_frames - done, PlayedLog::kCallFrames);
      if (!play(out + done, count, sampling, ids ? ids + done : nullptr, rest)) break;
      advance(rest, count);
      done += count;
    }
    if (done < num_frames) native_.step_block(out + done, num_frames - done, sampling, ids ? ids + done : nullptr, rest);
  }

  void force_block(const uint8_t* ids, size_t num_frames, float* logits, const Conditioning& conditioning = {}) {
    const uint32_t seed = device_.seed();
    if (!is_handed_over_) device_.force_block(ids, num_frames, logits, conditioning);
    if (has_to_take_over()) take_over(seed);
    if (is_handed_over_) native_.force_block(ids, num_frames, logits, conditioning);
    else if (is_guarded_) renew();
  }

  size_t snapshot_bytes() const { return device_.snapshot_bytes(); }
  void snapshot(unsigned char* into) const {
    if (is_handed_over_) return native_.snapshot(into);
    device_.snapshot(into);
    // That the voice goes on elsewhere changes nothing of it.
    auto& self = const_cast<GuardedVoice&>(*this);
    if (!self.has_to_take_over()) return;
    self.take_over(device_.seed());
    native_.snapshot(into);
  }
  bool restore(const unsigned char* from) {
    VoiceHeader header;
    __builtin_memcpy(&header, from, sizeof header);
    return restore(from, header.frame);
  }
  bool restore(const unsigned char* from, uint64_t frame) {
    if (is_guarded_) {
      if (!native_.restore(from, frame)) return false;
      keep_native();
    }
    if (is_handed_over_) return true;
    const bool is_taken = device_.restore(from, frame);
    if (has_to_take_over()) is_handed_over_ = true;
    return is_taken;
  }
  void reseed(uint32_t seed) {
    const uint32_t before = device_.seed();
    if (!is_handed_over_) device_.reseed(seed);
    if (has_to_take_over()) take_over(before);
    if (is_handed_over_) native_.reseed(seed);
  }
  bool is_aligned() const { return is_handed_over_ ? native_.is_aligned() : device_.is_aligned(); }
  size_t ranges(SnapshotRange* into) const { return device_.ranges(into); }

  /// Of a guarded voice, as FrameSource: states that stay on the device while that is there.
  bool reserve_marks(size_t count) {
    is_on_device_.assign(count, 0);
    return device_.reserve_marks(count);
  }
  void mark(size_t number, unsigned char* into) {
    is_on_device_[number] = is_handed_over_ ? 0 : 1;
    if (is_handed_over_) native_.snapshot(into);
    else device_.mark(number);
  }
  bool return_to(size_t number, const unsigned char* from) {
    if (is_on_device_[number] == 0) return native_.restore(from);
    if (is_handed_over_) return false;
    const uint32_t seed = device_.seed();
    device_.return_to(number);
    if (backup_.go_back(device_.frame())) return true;
    // The backup is of a later time. If the device fails now, the voice goes on from where it was.
    device_.snapshot(backup_scratch_.data());
    if (!has_to_take_over()) {
      std::copy(backup_scratch_.begin(), backup_scratch_.end(), backup_.state());
      backup_.restart(device_.frame());
      return true;
    }
    take_over(seed);
    return false;
  }

  /// Null, or why the device failed. A guarded voice sounds on nevertheless.
  const char* fault() const { return device_.fault(); }
  bool is_handed_over() const { return is_handed_over_; }
  uint64_t state_bytes_crossed() const { return device_.state_bytes_crossed(); }

 protected:
  /// Once `device_`, and of a guarded voice `native_`, are initialised. Allocates. False without memory.
  bool begin(uint32_t seed, bool is_guarded) {
    is_guarded_ = is_guarded;
    if (is_guarded) {
      if (!backup_.init(device_)) return false;
      backup_scratch_.resize(device_.snapshot_bytes());
    }
    reset(seed);
    return true;
  }

  bool is_guarded() const { return is_guarded_; }

  DeviceVoice device_;
  Native native_;

 private:
  /// One call of a guarded voice; false when it is handed over, and nothing was played.
  bool play(float* out, size_t num_frames, const Sampling& sampling, uint8_t* ids, const Conditioning& conditioning) {
    if (!backup_.has_room(num_frames)) renew();
    if (is_handed_over_) return false;
    const uint32_t seed = device_.seed();
    uint8_t* const tokens = backup_.next_ids();
    device_.step_block(out, num_frames, sampling, tokens, conditioning);
    if (has_to_take_over()) {
      take_over(seed);
      return false;
    }
    if (ids) std::copy_n(tokens, num_frames, ids);
    backup_.played(device_, num_frames, conditioning);
    return true;
  }

  /// `rest` begins with the frame of a sample `num_frames` before the one at hand.
  void advance(Conditioning& rest, size_t num_frames) const {
    const Config& config = device_.steered();
    for (size_t i = 0; i < config.num_inputs; ++i) {
      const auto& [dim, hop] = config.inputs[i];
      if (rest.rows[i]) rest.rows[i] += (frame() / hop - (frame() - num_frames) / hop) * dim;
    }
  }

  bool has_to_take_over() const { return is_guarded_ && !is_handed_over_ && device_.fault(); }
  void take_over(uint32_t seed) {
    backup_.bring(native_, device_, seed);
    is_handed_over_ = true;
  }
  /// The backup is of now, and `native_` in the state of now.
  void keep_native() {
    native_.snapshot(backup_.state());
    backup_.restart(native_.frame());
  }
  /// Fetches a state, and waits for it.
  void renew() {
    device_.snapshot(backup_scratch_.data());
    if (has_to_take_over()) return take_over(device_.seed());
    std::copy(backup_scratch_.begin(), backup_scratch_.end(), backup_.state());
    backup_.restart(device_.frame());
  }

  Backup backup_;
  std::vector<unsigned char> backup_scratch_;  ///< A state that may be none: the device may fail on its way.
  std::vector<uint8_t> is_on_device_;          ///< By number of a mark.
  bool is_guarded_ = false;
  bool is_handed_over_ = false;
};

}  // namespace sashimi::cuda
