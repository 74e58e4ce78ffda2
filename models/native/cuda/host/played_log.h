#pragma once

#include <vector>

#include "../../core/conditioning.h"

namespace sashimi::cuda {

/// What a voice has played since a moment: its tokens, and the conditioning of each call. Allocates once, in `init`.
class PlayedLog {
 public:
  static constexpr size_t kMaxFrames = 2048;
  /// Of one call.
  static constexpr size_t kCallFrames = 256;

  /// Of a model with these inputs.
  void init(const Config& config) {
    config_ = &config;
    ids_.resize(kMaxFrames);
    calls_.resize(kMaxCalls);
    for (size_t i = 0; i < config.num_inputs; ++i) {
      rows_[i].resize((kMaxFrames / config.inputs[i].hop + 2 * kMaxCalls) * config.inputs[i].dim);
    }
  }

  void begin(uint64_t frame) {
    first_ = frame;
    num_calls_ = 0;
    num_frames_ = 0;
  }
  uint64_t first() const { return first_; }
  bool is_half_full() const { return 2 * num_frames_ >= kMaxFrames || 2 * num_calls_ >= kMaxCalls; }
  bool has_room(size_t num_frames) const { return num_calls_ < kMaxCalls && num_frames_ + num_frames <= kMaxFrames; }

  /// Where the tokens of the next call are to be written; then `add` says how many they were. There is room.
  uint8_t* next_ids() { return ids_.data() + num_frames_; }
  void add(size_t num_frames, const Conditioning& conditioning) {
    Call& call = calls_[num_calls_];
    const uint64_t frame = first_ + num_frames_;
    call.first = num_frames_;
    call.count = num_frames;
    for (size_t i = 0; i < config_->num_inputs; ++i) {
      const auto& [dim, hop] = config_->inputs[i];
      const size_t length = static_cast<size_t>((frame + num_frames - 1) / hop - frame / hop + 1) * dim;
      call.has_rows[i] = conditioning.rows[i] != nullptr;
      call.rows_at[i] = num_calls_ == 0 ? 0 : calls_[num_calls_ - 1].rows_end[i];
      call.rows_end[i] = call.rows_at[i] + (call.has_rows[i] ? length : 0);
      if (call.has_rows[i]) __builtin_memcpy(rows_[i].data() + call.rows_at[i], conditioning.rows[i], length * sizeof(float));
    }
    num_frames_ += num_frames;
    ++num_calls_;
  }
  /// Forgets all from `frame` on, which is not before `first`.
  void forget_from(uint64_t frame) {
    const auto left = static_cast<size_t>(frame - first_);
    if (left >= num_frames_) return;
    num_frames_ = left;
    while (num_calls_ > 0 && calls_[num_calls_ - 1].first >= left) --num_calls_;
    if (num_calls_ > 0) calls_[num_calls_ - 1].count = left - calls_[num_calls_ - 1].first;
  }

  /// f(ids, num_frames, conditioning) for each call.
  template <class F>
  void replay(const F& f) const {
    for (size_t n = 0; n < num_calls_; ++n) {
      const Call& call = calls_[n];
      Conditioning conditioning;
      for (size_t i = 0; i < config_->num_inputs; ++i) {
        if (call.has_rows[i]) conditioning.rows[i] = rows_[i].data() + call.rows_at[i];
      }
      f(ids_.data() + call.first, call.count, conditioning);
    }
  }

 private:
  static constexpr size_t kMaxCalls = 256;

  struct Call {
    size_t first = 0;  ///< Frames after that of the log.
    size_t count = 0;
    size_t rows_at[kMaxInputs] = {};  ///< Numbers.
    size_t rows_end[kMaxInputs] = {};
    bool has_rows[kMaxInputs] = {};
  };

  const Config* config_ = nullptr;
  uint64_t first_ = 0;
  size_t num_calls_ = 0;
  size_t num_frames_ = 0;
  std::vector<uint8_t> ids_;
  std::vector<Call> calls_;
  std::vector<float> rows_[kMaxInputs];
};

}  // namespace sashimi::cuda
