#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "../core/arena.h"
#include "mirror_fade.h"
#include "state_mix.h"
#include "stream_states.h"
#include "watchable_source.h"

namespace sashimi {

/// A source whose states can be exchanged by tier.
class AlignedSource : public WatchableSource {
 public:
  /// Steps since the start or the last reset.
  virtual uint64_t frame() const = 0;
  /// Here, and only here, memories of tiers may be exchanged.
  virtual bool is_aligned() const = 0;
  /// Where a snapshot has the memory of the tiers. Allocates.
  virtual std::vector<SnapshotRange> ranges() const = 0;
  /// Keys the draws from now on.
  virtual void reseed(uint32_t seed) = 0;
};

/// Keeps, recalls, mixes and repeats the states of a source while it is stepped: models/state/state-deck.ts says how, and is
/// its twin. What it does is a function of what was stepped and of the log of commands, and how far it has come in that is part
/// of a snapshot: who goes back steps again through the same commands. Allocates once, in `init`.
class StateSource : public WatchableSource {
 public:
  /// `states` must outlive it.
  StateSource(std::unique_ptr<AlignedSource> source, StreamStates& states, const StateSizes& sizes)
      : source_(std::move(source)), states_(states), sizes_(sizes), state_(sizes), ranges_(source_->ranges()) {}

  /// Before anything else. False when there is no memory.
  bool init() {
    fade_memory_ = AlignedBlock(fade_bytes());
    history_memory_ = AlignedBlock(sizes_.num_history * stride());
    scratch_memory_ = AlignedBlock(stride());
    return fade_memory_.data() && history_memory_.data() && scratch_memory_.data();
  }

  void reset(uint32_t seed) override {
    source_->reset(seed);
    states_.restart();
    state_ = State(sizes_);
    std::memset(fade_memory_.data(), 0, fade_bytes());
  }

  void step(float* out, size_t num_frames, const Sampling& sampling) override {
    for (size_t done = 0; done < num_frames;) {
      const auto count = static_cast<size_t>(std::min<uint64_t>(num_frames - done, prepare()));
      source_->step(out + done, count, sampling);
      state_.fade.process(fade_history(), out + done, count);
      done += count;
    }
  }

  size_t snapshot_bytes() const override {
    return stride() + align_up(sizeof state_, kAlignment) + fade_bytes();
  }
  void snapshot(unsigned char* into) const override {
    source_->snapshot(into);
    write_own(into + stride());
  }
  void restore(const unsigned char* from) override {
    source_->restore(from);
    read_own(from + stride());
  }
  bool reserve_marks(size_t count) override { return source_->reserve_marks(count); }
  void mark(size_t number, unsigned char* into) override {
    source_->mark(number, into);
    write_own(into + stride());
  }
  bool return_to(size_t number, const unsigned char* from) override {
    if (!source_->return_to(number, from)) return false;
    read_own(from + stride());
    return true;
  }

  uint64_t surprise() const override { return source_->surprise(); }
  uint64_t faulty_draws() const override { return source_->faulty_draws(); }
  /// The source alone goes back. A repetition that led to a runaway would only lead to the next one.
  void restore_as(const unsigned char* from, uint64_t frame) override {
    source_->restore_as(from, frame);
    state_.repeat_at = kNever;
  }

 private:
  static constexpr uint64_t kNever = StreamStates::kNever;

  /// What belongs to a snapshot, the source's own apart.
  struct State {
    explicit State(const StateSizes& sizes) : fade(sizes.max_fade_frames) {}
    uint64_t next_command = 0;
    StateCommand repeated;
    uint64_t repeat_at = kNever;
    uint64_t next_history = 0;  ///< Number of the next state of the history.
    MirrorFade fade;
  };
  static_assert(std::is_trivially_copyable_v<State>);

  void write_own(unsigned char* into) const {
    std::memcpy(into, &state_, sizeof state_);
    std::memcpy(into + align_up(sizeof state_, kAlignment), fade_memory_.data(), fade_bytes());
  }
  void read_own(const unsigned char* from) {
    std::memcpy(&state_, from, sizeof state_);
    std::memcpy(fade_history(), from + align_up(sizeof state_, kAlignment), fade_bytes());
  }

  size_t stride() const { return align_up(source_->snapshot_bytes(), kAlignment); }
  size_t fade_bytes() const { return state_.fade.history_frames() * sizeof(float); }
  float* fade_history() { return reinterpret_cast<float*>(fade_memory_.data()); }
  unsigned char* past(uint64_t number) {
    return history_memory_.data() + static_cast<size_t>(number % sizes_.num_history) * stride();
  }

  uint64_t next_due() const {
    const uint64_t command = states_.frame_of(state_.next_command);
    return std::min({command, state_.repeat_at, state_.next_history * sizes_.history_period_frames});
  }

  /// Does what is due before the next frame; how many, at least 1, may be stepped until the next call.
  uint64_t prepare() {
    const uint64_t frame = source_->frame();
    if (next_due() > frame) return next_due() - frame;
    if (!source_->is_aligned()) return 1;
    keep_history(frame);
    while (states_.frame_of(state_.next_command) <= frame) obey(states_.begin(state_.next_command++, frame), frame);
    if (state_.repeat_at <= frame) {
      recall(state_.repeated);
      state_.repeat_at += state_.repeated.frames;
      if (state_.repeat_at <= frame) state_.repeat_at = frame + 1;
    }
    return next_due() - frame;
  }

  void keep_history(uint64_t frame) {
    const uint64_t number = frame / sizes_.history_period_frames;
    const uint64_t least = number + 1 < sizes_.num_history ? 0 : number + 1 - sizes_.num_history;
    for (uint64_t k = std::max(state_.next_history, least); k <= number; ++k) source_->snapshot(past(k));
    state_.next_history = std::max(state_.next_history, number + 1);
  }

  void obey(const StateCommand& command, uint64_t frame) {
    switch (command.kind) {
      case StateCommandKind::keep:
        source_->snapshot(states_.state(command.a));
        states_.kept(command.a, frame);
        return;
      case StateCommandKind::recall:
        recall(command);
        return;
      case StateCommandKind::repeat:
        state_.repeated = command;
        state_.repeat_at = frame + std::max<uint64_t>(1, command.frames);
        return;
      case StateCommandKind::move:
        state_.repeated.position = command.position;
        return;
      case StateCommandKind::release:
        state_.repeat_at = kNever;
        return;
      case StateCommandKind::rewind:
        rewind(command, frame);
        return;
      case StateCommandKind::fork:
        source_->reseed(command.seed);
        return;
    }
  }

  void recall(const StateCommand& command) {
    if (!states_.has_state(command.a) || !states_.has_state(command.b)) return;
    take(states_.state(command.a), states_.state(command.b), command.position, command);
  }

  void rewind(const StateCommand& command, uint64_t frame) {
    const uint64_t back = std::min(command.frames, sizes_.rewind_frames);
    const unsigned char* const state = past((frame > back ? frame - back : 0) / sizes_.history_period_frames);
    take(state, state, 0.0, command);
  }

  void take(const unsigned char* a, const unsigned char* b, double position, const StateCommand& command) {
    unsigned char* const scratch = scratch_memory_.data();
    source_->snapshot(scratch);
    mix_states(ranges_.data(), ranges_.size(), a, b, position, command.tiers, scratch);
    source_->restore(scratch);
    if ((command.tiers & 1U) != 0) state_.fade.cut(static_cast<size_t>(std::min<uint64_t>(command.fade_frames, sizes_.max_fade_frames)));
  }

  const std::unique_ptr<AlignedSource> source_;
  StreamStates& states_;
  const StateSizes sizes_;
  State state_;
  const std::vector<SnapshotRange> ranges_;
  AlignedBlock fade_memory_;
  AlignedBlock history_memory_;
  AlignedBlock scratch_memory_;
};

}  // namespace sashimi
