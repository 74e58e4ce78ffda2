#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>

#include "frame_ring.h"
#include "sampling_mailbox.h"
#include "thread_priority.h"

namespace sashimi {

/// What a run-ahead thread steps. Called by that thread alone.
class FrameSource {
 public:
  virtual ~FrameSource() = default;
  virtual void reset(uint32_t seed) = 0;
  /// Writes `num_frames` to `out`. Must not allocate, lock or throw.
  virtual void step(float* out, size_t num_frames, const Sampling& sampling) = 0;
};

struct RunAheadOptions {
  double sample_rate = 16000.0;    ///< Hz, of the source.
  size_t look_ahead_frames = 128;  ///< The ring is kept this full.
  bool realtime = true;            ///< Ask for SCHED_FIFO.
  Sampling sampling;               ///< Until the first set_sampling.
};

/// Steps a source on a thread of its own, a fixed look-ahead in front of its reader.
///
/// One thread, the reader, calls read, available, set_sampling and reset: each is wait-free and
/// allocates nothing. While the ring is full the stepping thread naps for half a sub-block at a
/// time, so that a playing reader never enters the system: waking a real-time thread from `read`
/// would hand it the reader's processor in the middle of a tick. Only when the reader has paused
/// does the stepping thread sleep for good, and the next read wakes it.
class RunAhead {
 public:
  /// Starts the thread. Allocates.
  RunAhead(std::unique_ptr<FrameSource> source, const RunAheadOptions& options);
  /// Joins the thread.
  ~RunAhead();
  RunAhead(const RunAhead&) = delete;
  RunAhead& operator=(const RunAhead&) = delete;

  /// Reader. Fills out[0..n) and returns n <= num_frames: fewer when the ring ran dry.
  size_t read(float* out, size_t num_frames);
  /// Reader. Frames that read would give now.
  size_t available();
  /// Reader. Applies from the next sub-block that is stepped, at most a look-ahead away.
  void set_sampling(const Sampling& sampling) { mailbox_.post(sampling); }
  /// Reader. Drops what is in the ring and starts the source anew. Until the thread has done so,
  /// reads give nothing.
  void reset(uint32_t seed);

  /// Any thread. Share of real time that stepping takes, over about half a second.
  double load() const { return load_.load(std::memory_order_relaxed); }
  /// Any thread. Reads that got fewer frames than they asked for, resets apart.
  uint64_t underflows() const { return underflows_.load(std::memory_order_relaxed); }
  Scheduling scheduling() const { return scheduling_.load(std::memory_order_relaxed); }
  size_t look_ahead_frames() const { return look_ahead_; }
  size_t sub_block_frames() const { return sub_block_; }

  /// Not on the audio path: waits for the thread, at most a sub-block of stepping. Idempotent.
  void close();

 private:
  static constexpr size_t kMaxSubBlock = 32;

  void run();
  bool has_room() const;
  void obey_reset();
  void step_sub_block();
  void wait_for_room();
  void sleep_until_woken();
  void wake();
  bool drop_after_reset();

  const std::unique_ptr<FrameSource> source_;
  const double sample_rate_;
  const size_t look_ahead_;
  const size_t sub_block_;
  const bool wants_realtime_;
  FrameRing ring_;
  SamplingMailbox mailbox_;

  // A reset travels as one word: generation in the upper half, seed in the lower.
  std::atomic<uint64_t> reset_request_{0};
  std::atomic<uint32_t> reset_done_{0};    ///< Generation; published after reset_start_.
  std::atomic<uint64_t> reset_start_{0};   ///< Ring position of the new stream's first frame.
  uint32_t reader_generation_ = 0;         ///< Reader's own.
  bool is_dropping_ = false;               ///< Reader's own: reset asked for, not yet done.

  std::atomic<bool> is_asleep_{false};
  std::atomic<uint32_t> wake_count_{0};
  std::atomic<bool> is_closing_{false};

  std::atomic<double> load_{0.0};
  std::atomic<uint64_t> underflows_{0};
  std::atomic<Scheduling> scheduling_{Scheduling::normal};

  // The stepping thread's own.
  Sampling sampling_;
  uint32_t generation_ = 0;
  uint64_t stream_start_ = 0;
  double busy_seconds_ = 0.0;  ///< Since it last waited.
  size_t idle_naps_ = 0;       ///< Since it last stepped.
  float block_[kMaxSubBlock] = {};

  std::thread thread_;  // last: starts when all the rest is there
};

}  // namespace sashimi
