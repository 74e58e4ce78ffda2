#pragma once

#include <algorithm>
#include <utility>

#include "device_voice.h"
#include "played_log.h"

namespace sashimi::cuda {

/// A state of a voice in host memory, of some time ago, and what was played since: from it the voice can go on without the
/// device. Newer states come from there now and then, while the voice plays on. Not thread-safe. Allocates once, in `init`.
class Backup {
 public:
  /// Frames after which a state is replaced; sooner when they were played in small calls.
  static constexpr size_t kPeriodFrames = PlayedLog::kMaxFrames / 2;

  /// Of `voice`, which later calls are given. False without memory.
  bool init(DeviceVoice& voice) {
    state_.resize(voice.snapshot_bytes());
    for (PlayedLog& log : logs_) log.init(voice.steered());
    return voice.reserve_sent();
  }

  /// The state of now: whoever changes it otherwise than by playing writes the new one here, then calls `restart`.
  unsigned char* state() { return state_.data(); }
  void restart(uint64_t frame) {
    is_awaited_ = false;
    log_->begin(frame);
  }

  /// Whether a call of so many frames finds room. If not, a new state is due.
  bool has_room(size_t num_frames) const { return last().has_room(num_frames); }
  uint8_t* next_ids() { return last().next_ids(); }
  /// The voice has played the tokens at `next_ids`.
  void played(DeviceVoice& voice, size_t num_frames, const Conditioning& conditioning) {
    last().add(num_frames, conditioning);
    if (is_awaited_) {
      // It was asked for before the call that is done.
      is_awaited_ = false;
      voice.receive(state_.data());
      std::swap(log_, newer_);
    }
    if (!log_->is_half_full()) return;
    is_awaited_ = true;
    newer_->begin(voice.frame());
    voice.send();
  }

  /// What was played from `frame` on was not. False when even the state is of a later time: then nothing has changed.
  bool go_back(uint64_t frame) {
    if (frame < log_->first()) return false;
    if (is_awaited_ && frame < newer_->first()) is_awaited_ = false;
    if (is_awaited_) newer_->forget_from(frame);
    else log_->forget_from(frame);
    return true;
  }

  /// Brings `native` to where the voice is, whose draws are keyed by `seed`.
  template <class Native>
  void bring(Native& native, const DeviceVoice& voice, uint32_t seed) {
    native.restore(state_.data());
    VoiceHeader header;
    __builtin_memcpy(&header, state_.data(), sizeof header);
    bool is_forced = header.is_forced != 0;
    uint32_t token = header.token;
    const auto consume = [&](const uint8_t* ids, size_t num_frames, Conditioning conditioning) {
      size_t done = 0;
      if (is_forced) {
        // After what was forced the first draw consumes nothing.
        float sample;
        const uint64_t frame = native.frame();
        native.step_block(&sample, 1, {0.0, 1.0, 0}, nullptr, conditioning);
        advance(conditioning, voice.steered(), frame);
        is_forced = false;
        token = ids[done++];
      }
      uint8_t consumed[PlayedLog::kCallFrames];
      for (size_t t = done; t < num_frames; ++t) {
        consumed[t - done] = static_cast<uint8_t>(token);
        token = ids[t];
      }
      if (num_frames > done) native.force_block(consumed, num_frames - done, nullptr, conditioning);
    };
    log_->replay(consume);
    if (is_awaited_) newer_->replay(consume);
    native.snapshot(state_.data());
    if (!is_forced) voice.set_drawn(state_.data(), token, seed);
    native.restore(state_.data());
    if (is_forced) native.reseed(seed);
  }

 private:
  PlayedLog& last() const { return is_awaited_ ? *newer_ : *log_; }

  /// By the sample `frame`.
  static void advance(Conditioning& conditioning, const Config& config, uint64_t frame) {
    for (size_t i = 0; i < config.num_inputs; ++i) {
      const auto& [dim, hop] = config.inputs[i];
      if (conditioning.rows[i]) conditioning.rows[i] += ((frame + 1) / hop - frame / hop) * dim;
    }
  }

  std::vector<unsigned char> state_;
  PlayedLog logs_[2];
  PlayedLog* log_ = &logs_[0];    ///< Since `state_`.
  PlayedLog* newer_ = &logs_[1];  ///< Since the state that is awaited.
  bool is_awaited_ = false;
};

}  // namespace sashimi::cuda
