#pragma once

#include <cstring>
#include <memory>
#include <type_traits>

#include "../core/arena.h"
#include "good_states.h"
#include "mirror_fade.h"
#include "runaway_news.h"
#include "watchable_source.h"
#include "watchdog_judge.h"

namespace sashimi {

/// Watches a source while it is stepped, and when it has run away lets it go on from an earlier state under a fade:
/// models/watchdog/watchdog.ts says how, and is its twin. What it does is a function of what was stepped, and its own state is
/// part of a snapshot: who goes back over a runaway and steps again finds the same, or, with other control, another.
/// Allocates once, in `init`.
class WatchedSource : public FrameSource {
 public:
  WatchedSource(std::unique_ptr<WatchableSource> source, const WatchdogSettings& settings)
      : source_(std::move(source)), settings_(settings), state_(settings) {}

  /// Before anything else. False when there is no memory.
  bool init() {
    history_memory_ = AlignedBlock(history_bytes());
    states_ = AlignedBlock((GoodStates::kNumSlots + 1) * source_->snapshot_bytes());
    if (!history_memory_.data() || !states_.data()) return false;
    begin();
    return true;
  }

  void reset(uint32_t seed) override {
    source_->reset(seed);
    begin();
  }

  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    for (size_t done = 0; done < num_frames;) {
      const size_t left = settings_.window_frames - state_.judge.frames();
      const size_t count = num_frames - done < left ? num_frames - done : left;
      const uint64_t surprise = source_->surprise();
      const uint64_t faulty = source_->faulty_draws();
      source_->step(out + done, count, sampling);
      state_.judge.add(out + done, count, sampling, source_->surprise() - surprise, source_->faulty_draws() - faulty);
      state_.fade.process(history(), out + done, count);
      done += count;
      if (count == left) decide();
    }
  }

  size_t snapshot_bytes() const override {
    return source_->snapshot_bytes() + align_up(sizeof state_, kAlignment) + history_bytes();
  }
  void snapshot(unsigned char* into) const override {
    source_->snapshot(into);
    write_own(into + source_->snapshot_bytes());
  }
  void restore(const unsigned char* from) override {
    source_->restore(from);
    read_own(from + source_->snapshot_bytes());
  }
  bool reserve_marks(size_t count) override { return source_->reserve_marks(count); }
  void mark(size_t number, unsigned char* into) override {
    source_->mark(number, into);
    write_own(into + source_->snapshot_bytes());
  }
  bool return_to(size_t number, const unsigned char* from) override {
    if (!source_->return_to(number, from)) return false;
    read_own(from + source_->snapshot_bytes());
    return true;
  }

  /// For the reader of a stream of this source.
  RunawayNews& news() { return news_; }

 private:
  /// What belongs to a snapshot, the source's own apart.
  struct State {
    explicit State(const WatchdogSettings& settings) : fade(settings.fade_frames) {}
    WatchdogJudge judge;
    GoodStates states;
    MirrorFade fade;
    int64_t windows = 0;  ///< Since the source began.
    RunawayCounts counts;
  };
  static_assert(std::is_trivially_copyable_v<State>);

  void write_own(unsigned char* into) const {
    std::memcpy(into, &state_, sizeof state_);
    std::memcpy(into + align_up(sizeof state_, kAlignment), history_memory_.data(), history_bytes());
  }
  void read_own(const unsigned char* from) {
    std::memcpy(&state_, from, sizeof state_);
    std::memcpy(history(), from + align_up(sizeof state_, kAlignment), history_bytes());
    news_.publish(state_.counts);
  }

  size_t history_bytes() const { return state_.fade.history_frames() * sizeof(float); }
  float* history() { return reinterpret_cast<float*>(history_memory_.data()); }
  unsigned char* state_of(size_t slot) { return states_.data() + slot * source_->snapshot_bytes(); }

  /// The source is in its initial state.
  void begin() {
    RunawayCounts counts = state_.counts;
    // Of the stream that begins there is none that the reader has not come to.
    counts.last_frame = 0;
    state_ = State(settings_);
    state_.counts = counts;
    std::memset(history(), 0, history_bytes());
    source_->snapshot(state_of(GoodStates::kInitial));
    news_.publish(state_.counts);
  }

  void decide() {
    RunawayCause cause{};
    const bool has_run_away = state_.judge.close(settings_, cause);
    ++state_.windows;
    if (!has_run_away) {
      const size_t slot = state_.states.calm(state_.windows, state_.judge.calm_windows());
      if (slot != GoodStates::kInitial) source_->snapshot(state_of(slot));
      return;
    }
    const uint64_t frame = static_cast<uint64_t>(state_.windows) * settings_.window_frames;
    ++state_.counts.of[static_cast<size_t>(cause)];
    state_.counts.last_frame = frame;
    source_->restore_as(state_of(state_.states.go_back(state_.windows)), frame);
    state_.judge.restart();
    state_.fade.cut();
    news_.publish(state_.counts);
  }

  const std::unique_ptr<WatchableSource> source_;
  const WatchdogSettings settings_;
  State state_;
  AlignedBlock history_memory_;
  AlignedBlock states_;
  RunawayNews news_;
};

}  // namespace sashimi
