#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "control_queue.h"
#include "control_timeline.h"
#include "frame_source.h"
#include "head_room.h"
#include "joining_thread.h"
#include "lane_pair.h"
#include "lane_reader.h"
#include "lapse_log.h"
#include "snapshot_ring.h"
#include "stream_conditioning.h"
#include "stream_states.h"
#include "thread_priority.h"
#include "xruns.h"

namespace sashimi {

struct RunAheadOptions {
  double sample_rate = 16000.0;    ///< Hz, of the source.
  size_t look_ahead_frames = 128;  ///< The ring is kept this full.
  /// The same while there is no rolling back, when it delays control, and for a while after going back, when
  /// it is likely to be in vain; at most look_ahead_frames.
  size_t fixed_look_ahead_frames = ~size_t{0};
  bool realtime = true;            ///< Ask for SCHED_FIFO.
  bool rollback = true;            ///< Where the source has snapshots.
  double min_speed = 1.5;          ///< Times real time, below which nothing is rolled back.
  double fade_ms = 4.0;            ///< Of a change that comes late.
  Sampling sampling;               ///< Until the first set_sampling.
  /// What the source asks for its conditioning, when it takes any. Must outlive the stream.
  StreamConditioning* conditioning = nullptr;
  /// What the source takes its commands for states from, when it knows any. Must outlive the stream.
  StreamStates* states = nullptr;
};

/// Steps a source on a thread of its own, a look-ahead in front of its reader.
///
/// One thread, the reader, calls read, available, position, set_sampling, plan_sampling, set_conditioning and reset: each
/// is wait-free, allocates nothing and does not enter the system while the reader plays. Only the first
/// read after a pause wakes the stepping thread; otherwise that naps for half a sub-block at a time while
/// the ring is full, since waking a real-time thread from `read` would hand it the reader's processor in
/// the middle of a tick.
///
/// **Control.** A value that is planned applies when the write head comes to its frame. A value for a
/// frame that was stepped already makes the thread go back: it restores the nearest snapshot, steps up to
/// that frame with what was in force then, goes on with what is in force now, and puts the result into the
/// second lane, to which the reader goes over (lane_reader.h). So the reader never waits for it. One goes
/// back at a time; what is said meanwhile waits and counts as one, and with it all that is said after it: so each version is
/// what a run would give that knows all that was said up to some read, and nothing of later ones. Frames of conditioning are control like the others.
class RunAhead {
 public:
  /// Starts the thread. Allocates. What it has not got is told by `is_running` alone.
  RunAhead(std::unique_ptr<FrameSource> source, const RunAheadOptions& options);
  /// Joins the thread.
  ~RunAhead();
  RunAhead(const RunAhead&) = delete;
  RunAhead& operator=(const RunAhead&) = delete;

  /// After construction: false when there was no memory or no thread; then nothing else may be called but `close`.
  bool is_running() const { return is_running_; }

  /// Reader. Fills out[0..n) and returns n <= num_frames: fewer when the ring ran dry. Then hands what was
  /// set and planned since the last read to the stepping thread.
  size_t read(float* out, size_t num_frames);
  /// Reader. Frames that read would give now.
  size_t available() const;
  /// Reader. Frames read since the start or the last reset.
  uint64_t position() const { return is_dropping_ ? 0 : reader_.position() - reader_start_; }
  /// Reader. Applies from the frame after the next read on, or at the write head without rollback, and
  /// replaces all plans.
  void set_sampling(const Sampling& sampling) { plan_sampling(0, sampling); }
  /// Reader. Applies from `frame` on, counted as `position`, and replaces all plans for that frame and later
  /// ones. What comes too late for its frame is treated as set.
  void plan_sampling(uint64_t frame, const Sampling& sampling);
  /// Reader. `frames` (num_frames, dim) of conditioning input `input` from its frame `first_frame` on, counted since the start or
  /// the last reset, instead of all that was said of these and later ones. Applies to no sample before the end of the next
  /// read, nor, without rollback, before the write head. Copies.
  void set_conditioning(size_t input, int64_t first_frame, const float* frames, size_t num_frames);
  /// Reader. Frames of conditioning said too far ahead, which were not kept.
  uint64_t conditioning_lost() const { return conditioning_ ? conditioning_->lost() : 0; }
  /// Reader. Drops what is in the ring, all plans and all conditioning too, and starts the source anew with the last values said.
  /// Until the thread has done so, reads give nothing.
  void reset(uint32_t seed);
  /// Reader. Applies from the end of the next read on, or, without rollback, from the write head on. False when it is refused.
  bool command_state(const StateCommand& command) { return states_ && states_->say(command); }
  /// Reader. The oldest lapse of this stream that was not taken yet; false without one. Of frames that were read none is missing.
  bool take_lapse(Lapse& lapse);
  /// Reader. What is said now is sure to reach the frame so far beyond the end of the next read: as it was at the end of the last one,
  /// and 0 before the first.
  size_t steer_after_frames() const { return steer_after_; }
  /// Any thread. A plan that reaches so far beyond `position` is never overtaken by the write head.
  size_t plan_ahead_frames() const { return can_go_back_ ? look_ahead_ : fixed_look_ahead_; }
  /// Reader. Frames from the read before which a value was set to the first frame that can show it, as of now:
  /// without rollback at the most, since a full ring lacks less than a sub-block.
  size_t control_latency_frames() const;

  /// Any thread. Share of real time that stepping each frame once takes, over about half a second.
  double load() const { return load_.load(std::memory_order_relaxed); }
  /// Any thread. Reads that got fewer frames than they asked for, resets apart.
  const Xruns& xruns() const { return xruns_; }
  Scheduling scheduling() const { return scheduling_.load(std::memory_order_relaxed); }
  Rollback rollback() const { return rollback_.load(std::memory_order_relaxed); }
  /// Times that the thread went back, and frames that it had to step again for it.
  uint64_t rollbacks() const { return rollbacks_.load(std::memory_order_relaxed); }
  uint64_t frames_stepped_again() const { return frames_stepped_again_.load(std::memory_order_relaxed); }
  /// Reader. Times that a change came too late for its frame and was cross-faded.
  uint64_t late_rollbacks() const { return reader_.late_switches(); }
  /// The one that holds now.
  size_t look_ahead_frames() const { return ahead_.load(std::memory_order_relaxed); }
  size_t sub_block_frames() const { return sub_block_; }
  /// Of all snapshots; 0 without rollback.
  size_t snapshot_ring_bytes() const { return snapshots_.num_bytes(); }
  size_t snapshot_period_frames() const { return period_; }

  /// Not on the audio path: waits for the thread, at most a sub-block of stepping. Idempotent.
  void close();

 private:
  static constexpr size_t kMaxSubBlock = 32;

  // run_ahead.cc, the reader's side.
  bool has_room() const;
  void wake();
  bool drop_after_reset();
  void hand_over(uint64_t position);

  // run_ahead_thread.cc, the stepping thread's side.
  void run();
  void obey_reset();
  uint64_t earliest_control() const;
  void take_said();
  uint64_t first_change(uint64_t read, uint64_t earliest, uint64_t written);
  bool take_hand_over(const HandOver& said, uint64_t earliest, uint64_t written);
  void judge_head_room();
  void go_back();
  bool is_snapshot_due(uint64_t head) const;
  void take_snapshot();
  void step_sub_block();
  void wait_for_room();
  void sleep_until_woken();

  const std::unique_ptr<FrameSource> source_;
  const double sample_rate_;
  const size_t look_ahead_;
  const size_t fixed_look_ahead_;
  const size_t sub_block_;
  const size_t period_;  ///< Frames between snapshots: a multiple of sub_block_.
  const bool wants_realtime_;
  const bool can_go_back_;
  LanePair lanes_;
  ControlQueue controls_;
  StreamConditioning* const conditioning_;
  StreamStates* const states_;
  Xruns xruns_;
  LapseLog lapses_;
  /// Number of the last read whose hand-over is complete.
  std::atomic<uint64_t> handed_over_{0};

  // A reset travels as one word: generation in the upper half, seed in the lower.
  std::atomic<uint64_t> reset_request_{0};
  std::atomic<uint32_t> reset_done_{0};   ///< Generation; published after reset_start_.
  std::atomic<uint64_t> reset_start_{0};  ///< Position of the new stream's first frame.
  // Of the last stream that the reader has read from before it was reset; written while the thread is at that one or a later one.
  std::atomic<uint32_t> heard_generation_{0};
  std::atomic<uint64_t> heard_frames_{0};

  std::atomic<bool> is_asleep_{false};
  std::atomic<uint32_t> wake_count_{0};
  std::atomic<bool> is_closing_{false};

  std::atomic<size_t> ahead_;
  std::atomic<double> load_{0.0};
  std::atomic<Scheduling> scheduling_{Scheduling::normal};
  std::atomic<Rollback> rollback_{Rollback::off};
  std::atomic<uint64_t> rollbacks_{0};
  std::atomic<uint64_t> frames_stepped_again_{0};

  // The reader's own.
  LaneReader reader_;
  uint64_t reader_start_ = 0;  ///< Position of its stream's first frame.
  uint32_t reader_generation_ = 0;
  uint64_t reads_ = 0;       ///< Since the stream was opened; a reset counts as one.
  uint64_t last_said_read_ = 0;  ///< With which something was handed over.
  uint64_t first_read_ = 0;  ///< The last one before the first of its stream.
  bool is_dropping_ = false;  ///< A reset was asked for and is not yet done.
  size_t last_read_ = 0;      ///< Frames.
  size_t steer_after_ = 0;
  Sampling last_said_;

  // The stepping thread's own.
  SnapshotRing snapshots_;
  ControlTimeline timeline_;
  HeadRoom head_room_;
  uint32_t generation_ = 0;
  uint64_t stream_start_ = 0;
  uint64_t changed_from_ = ControlTimeline::kNever;  ///< Frames from here on were stepped with other values.
  uint64_t changed_said_ = 0;                        ///< Number of the read after which those were handed over.
  uint64_t known_ = 0;                               ///< Number of the last read whose hand-over is taken, once all are.
  uint64_t waiting_from_ = ControlTimeline::kNever;  ///< What is not taken yet may reach back to here.
  uint64_t delay_ = 0;                               ///< Of the last control, in frames: see LapseKind.
  bool is_loss_told_ = false;                        ///< Of this stream: that a timeline was full.
  /// Still to be stepped until the ring is filled far again: while control moves that would be in vain.
  size_t restless_frames_ = 0;
  double busy_seconds_ = 0.0;                        ///< Since it last waited.
  size_t idle_naps_ = 0;                             ///< Since it last stepped.
  float block_[kMaxSubBlock] = {};

  bool is_running_ = false;
  JoiningThread thread_;
};

}  // namespace sashimi
