#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../core/sampling.h"

namespace sashimi {

/// Why a model was taken back to an earlier state.
enum class RunawayCause : size_t {
  level,       ///< Louder than the limit of its bundle.
  noise,       ///< It predicts next to nothing, as for white noise.
  stuck,       ///< The same few values over and over, at a level that is heard.
  not_finite,  ///< Logits that are no numbers.
};
constexpr size_t kNumRunawayCauses = 4;

/// What a window is held against: `watchdogNumbers` in models/watchdog/settings.ts.
struct WatchdogSettings {
  size_t window_frames = 0;
  size_t fade_frames = 0;
  double max_power = 0.0;
  double heard_power = 0.0;
  double max_surprise = 0.0;
  double min_surprise = 0.0;
};

/// Judges what a model says, window by window. models/watchdog/judge.ts says how, and in which words: its twin,
/// with the same numbers in the same order, so the same verdicts. Trivially copyable, so that a snapshot has it.
class WatchdogJudge {
 public:
  /// Frames of the window under way.
  size_t frames() const { return frames_; }
  /// Windows in a row without anything to object to, up to the last.
  uint32_t calm_windows() const { return calm_; }

  /// `out[0..num_frames)`, all of one window, was drawn; `surprise` and `faulty` are what the source's tallies grew by.
  void add(const float* out, size_t num_frames, const Sampling& sampling, uint64_t surprise, uint64_t faulty) {
    if (frames_ == 0) first_ = out[0];
    for (size_t i = 0; i < num_frames; ++i) {
      const auto sample = static_cast<double>(out[i]);
      power_ += sample * sample;
      is_flat_ = is_flat_ && out[i] == first_;
    }
    surprise_ += surprise;
    faulty_ += faulty;
    is_hot_ = is_hot_ || sampling.temperature > kHotTemperature;
    is_narrow_ = is_narrow_ || sampling.temperature < kColdTemperature || sampling.top_p < kNarrowTopP ||
                 (sampling.top_k > 0 && sampling.top_k < kNarrowTopK);
    frames_ += num_frames;
  }

  /// The window has ended, and another begins. Whether the model has run away, and why.
  bool close(const WatchdogSettings& settings, RunawayCause& cause) {
    const bool is_faulty = faulty_ > 0;
    const bool is_heard = power_ > settings.heard_power;
    if (is_hot_) cooling_ = kCoolingWindows;
    const bool is_judged = cooling_ == 0;
    if (!is_judged) --cooling_;
    const auto surprise = static_cast<double>(surprise_);
    const bool is_loud = is_judged && power_ > settings.max_power;
    const bool is_noisy = is_judged && surprise > settings.max_surprise;
    const bool is_certain = surprise < settings.min_surprise;
    const bool is_stuck = is_heard && !is_narrow_ && (is_flat_ || is_certain);
    loud_ = scored(loud_, is_loud, is_judged);
    noisy_ = scored(noisy_, is_noisy, is_judged);
    stuck_ = is_stuck ? stuck_ + (is_flat_ ? kFlatScore : 1) : 0;
    const bool is_calm = is_judged && !is_loud && !is_noisy && !is_stuck && !is_faulty;
    calm_ = is_calm ? calm_ + 1 : 0;
    begin();
    if (is_faulty) {
      cause = RunawayCause::not_finite;
      return true;
    }
    if (loud_ + noisy_ >= kLoudOrNoisy) {
      cause = loud_ > noisy_ ? RunawayCause::level : RunawayCause::noise;
      return true;
    }
    cause = RunawayCause::stuck;
    return stuck_ >= kStuck;
  }

  /// Another sound begins, of which nothing is known.
  void restart() { *this = WatchdogJudge(); }

 private:
  static constexpr double kHotTemperature = 1.1;
  static constexpr uint32_t kCoolingWindows = 16;
  static constexpr double kColdTemperature = 0.5;
  static constexpr double kNarrowTopP = 0.5;
  static constexpr uint32_t kNarrowTopK = 8;
  static constexpr uint32_t kLoudOrNoisy = 6;
  static constexpr uint32_t kStuck = 32;
  static constexpr uint32_t kFlatScore = 4;

  static uint32_t scored(uint32_t score, bool is_over, bool is_judged) {
    if (is_over) return score + 1;
    return is_judged && score > 0 ? score - 1 : 0;
  }

  void begin() {
    frames_ = 0;
    power_ = 0.0;
    surprise_ = 0;
    faulty_ = 0;
    is_flat_ = true;
    is_hot_ = false;
    is_narrow_ = false;
  }

  // Of the window under way.
  size_t frames_ = 0;
  double power_ = 0.0;
  uint64_t surprise_ = 0;
  uint64_t faulty_ = 0;
  float first_ = 0.0F;
  bool is_flat_ = true;
  bool is_hot_ = false;
  bool is_narrow_ = false;
  // Of those before it.
  uint32_t cooling_ = 0;
  uint32_t loud_ = 0;
  uint32_t noisy_ = 0;
  uint32_t stuck_ = 0;
  uint32_t calm_ = 0;
};

}  // namespace sashimi
