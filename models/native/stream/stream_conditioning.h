#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "../core/conditioning.h"
#include "conditioning_queue.h"
#include "conditioning_timeline.h"
#include "hand_over.h"
#include "said_conditioning.h"

namespace sashimi {

/// The conditioning of a run-ahead stream: its reader says frames, its stepping thread asks which hold. Samples are counted
/// since the start of the stream or its last reset. Wait-free on both sides; allocates once, when constructed.
///
/// **Overflow.** What was said stays with the reader until there is room in the queue, and goes on its way with a later read,
/// from the frame of the playhead on: so when the thread is held up the frames come later, and none is lost.
class StreamConditioning {
 public:
  /// `look_ahead_frames` as in RunAheadOptions.
  StreamConditioning(const Config& config, double sample_rate, size_t look_ahead_frames)
      : num_inputs_(config.num_inputs), queue_(values_kept(config, kept_frames(sample_rate, look_ahead_frames))) {
    has_memory_ = queue_.has_memory();
    const size_t kept = kept_frames(sample_rate, look_ahead_frames);
    // Snapshots reach back less than twice the look-ahead.
    const size_t history = 2 * look_ahead_frames + static_cast<size_t>(kSpareSeconds * sample_rate);
    for (size_t i = 0; i < num_inputs_; ++i) {
      const InputConfig& input = config.inputs[i];
      const size_t num_rows = rows_kept(input, kept + history) + history / kShortestRead;
      dims_[i] = input.dim;
      has_memory_ = said_[i].init(input, rows_kept(input, kept)) && has_memory_;
      has_memory_ = timelines_[i].init(input, num_rows, kMaxSamples) && has_memory_;
    }
  }

  /// Without it nothing else may be called.
  bool has_memory() const { return has_memory_; }

  // The reader's side. `position` is the next sample that it reads.

  /// `frames` (num_frames, dim) of one input from its frame `first_frame` on, instead of all that was said of these and later
  /// ones. Copies. An input that there is none of is not looked at.
  void say(size_t input, int64_t first_frame, const float* frames, size_t num_frames, uint64_t position) {
    if (input < num_inputs_) lost_ += said_[input].say(first_frame, frames, num_frames, position);
  }
  size_t dim(size_t input) const { return input < num_inputs_ ? dims_[input] : 0; }
  /// Whether nothing was said since it was handed over.
  bool is_told() const {
    return std::all_of(said_, said_ + num_inputs_, [](const SaidConditioning& said) { return said.is_told(); });
  }
  /// Hands what was said since to the thread, all of it or, when there is no room, none, and then returns false. It applies to no
  /// sample before `position`. `read`: the number of the read after which it is handed over.
  bool publish(uint32_t generation, uint64_t position, uint64_t read) {
    if (is_told()) return true;
    for (size_t i = 0; i < num_inputs_; ++i) {
      if (said_[i].is_told()) continue;
      const size_t num_frames = said_[i].num_untold(position);
      const SaidFrames frames{generation, i, said_[i].first_untold(position), num_frames, position, read};
      float* const rows = queue_.stage(frames, num_frames * dims_[i]);
      if (!rows) {
        queue_.unstage();
        ++overflows_;
        return false;
      }
      said_[i].copy_untold(position, rows);
    }
    queue_.publish();
    for (size_t i = 0; i < num_inputs_; ++i) said_[i].set_told();
    return true;
  }
  /// Frames said too far ahead, which were not kept.
  uint64_t lost() const { return lost_; }
  /// Reads that found no room in the queue.
  uint64_t overflows() const { return overflows_; }
  /// All inputs are dropped in the stream to come.
  void forget() {
    for (size_t i = 0; i < num_inputs_; ++i) said_[i].forget();
  }

  // The stepping thread's side.

  static constexpr uint64_t kNever = ConditioningTimeline::kNever;

  /// A stream begins, in which all inputs are dropped.
  void restart() {
    for (size_t i = 0; i < num_inputs_; ++i) timelines_[i].restart();
  }
  /// Whether of this stream there was more to be kept than there is room for: see ConditioningTimeline.
  bool has_given_up() const {
    return std::any_of(timelines_, timelines_ + num_inputs_, [](const ConditioningTimeline& of) { return of.has_given_up(); });
  }
  /// Takes what is of streams before `generation` out of the way. Of the oldest that was said of this one, when it was handed over
  /// before `said`, makes `said` that; false otherwise.
  bool look(uint32_t generation, HandOver& said) {
    const SaidFrames* frames = queue_.peek();
    for (; frames && static_cast<int32_t>(frames->generation - generation) < 0; frames = queue_.peek()) queue_.pop();
    if (!frames || frames->generation != generation || frames->read >= said.read) return false;
    said = {frames->read, frames->earliest};
    return true;
  }
  /// Of what was handed over with `read`, the oldest. It applies from `earliest` on at the earliest. Returns the first sample before
  /// `written` where something would be different if all of it were taken; kNever when nothing would.
  uint64_t first_change(uint64_t read, uint64_t earliest, uint64_t written) {
    uint64_t changed = kNever;
    const SaidFrames* said = queue_.peek();
    for (uint32_t i = 0; said && said->read == read; said = queue_.peek(++i)) {
      changed = std::min(changed, timelines_[said->input].first_change(*said, std::max(said->earliest, earliest), written));
    }
    return changed;
  }
  /// The same, and takes it.
  uint64_t take(uint64_t read, uint64_t earliest, uint64_t written) {
    uint64_t changed = kNever;
    for (const SaidFrames* said = queue_.peek(); said && said->read == read; said = queue_.peek()) {
      changed = std::min(changed, timelines_[said->input].set(*said, std::max(said->earliest, earliest), written));
      queue_.pop();
    }
    return changed;
  }
  /// What the next step takes at `sample`, and of how many samples, 1 to `num_samples`. Borrowed until the next call.
  size_t lend(uint64_t sample, size_t num_samples, Conditioning& conditioning) {
    size_t count = std::min(num_samples, kMaxSamples);
    for (size_t i = 0; i < num_inputs_; ++i) count = timelines_[i].alike(sample, count);
    for (size_t i = 0; i < num_inputs_; ++i) conditioning.rows[i] = timelines_[i].lend(sample, count);
    return count;
  }
  /// Nobody will ask about a sample before this one.
  void forget_before(uint64_t sample) {
    for (size_t i = 0; i < num_inputs_; ++i) timelines_[i].forget_before(sample);
  }

 private:
  /// What can be said beyond the playhead and the look-ahead: models/stream.ts promises two seconds.
  static constexpr double kKeptSeconds = 2.0;
  static constexpr double kSpareSeconds = 0.25;
  /// Each read may begin a row inside a frame; shorter ones are not the rule.
  static constexpr size_t kShortestRead = 32;
  static constexpr size_t kMaxSamples = 64;

  static size_t kept_frames(double sample_rate, size_t look_ahead_frames) {
    return look_ahead_frames + static_cast<size_t>(kKeptSeconds * sample_rate);
  }
  static size_t rows_kept(const InputConfig& input, size_t num_samples) { return num_samples / input.hop + 2; }
  static size_t values_kept(const Config& config, size_t num_samples) {
    size_t values = 0;
    for (size_t i = 0; i < config.num_inputs; ++i) values += rows_kept(config.inputs[i], num_samples) * config.inputs[i].dim;
    return values;
  }

  const size_t num_inputs_;
  size_t dims_[kMaxInputs] = {};
  ConditioningQueue queue_;
  bool has_memory_ = false;
  // The reader's own.
  SaidConditioning said_[kMaxInputs];
  uint64_t lost_ = 0;
  uint64_t overflows_ = 0;
  // The stepping thread's own.
  ConditioningTimeline timelines_[kMaxInputs];
};

}  // namespace sashimi
