#pragma once

#include <cstddef>

namespace sashimi {

/// After a cut the last frames are played backwards and fade out under what comes: models/watchdog/mirror-fade.ts says why,
/// and is its twin. The history lies with the caller; this is what else a snapshot has of it, trivially copyable.
class MirrorFade {
 public:
  explicit MirrorFade(size_t fade_frames) : fade_frames_(fade_frames), fade_at_(fade_frames), length_(fade_frames) {}

  /// Floats of the history, zeros at first.
  size_t history_frames() const { return 2 * fade_frames_; }

  /// The next frame belongs to another sound.
  void cut() { cut(fade_frames_); }
  /// The same with a fade of `frames`, at most those of the constructor.
  void cut(size_t frames) {
    cut_at_ = (at_ == 0 ? history_frames() : at_) - 1;
    fade_at_ = 0;
    length_ = frames < fade_frames_ ? frames : fade_frames_;
  }

  /// In place.
  void process(float* history, float* frames, size_t num_frames) {
    const size_t size = history_frames();
    for (size_t i = 0; i < num_frames; ++i) {
      if (fade_at_ < length_) {
        const auto old = static_cast<double>(history[(cut_at_ + size - fade_at_) % size]);
        ++fade_at_;
        const double share = static_cast<double>(fade_at_) / static_cast<double>(length_ + 1);
        frames[i] = static_cast<float>(old + (static_cast<double>(frames[i]) - old) * share);
      }
      history[at_] = frames[i];
      if (++at_ == size) at_ = 0;
    }
  }

 private:
  size_t fade_frames_;
  size_t at_ = 0;
  size_t cut_at_ = 0;
  size_t fade_at_;
  size_t length_;  ///< Of the fade under way.
};

}  // namespace sashimi
