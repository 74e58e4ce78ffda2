#include "run_ahead.h"

#include <algorithm>

namespace sashimi {

namespace {

constexpr size_t kMinLookAhead = 32;
/// A snapshot costs a copy of the whole state, going back costs half of what lies between two.
constexpr size_t kPeriodsPerFixedLookAhead = 4;
/// Beyond the look-ahead: a change may find the playhead already behind its frame.
constexpr size_t kSpareSnapshots = 3;  // at least: SnapshotRing::would_lose looks at the second
/// How long a change that came late stands for what control takes: status is looked at about once a second.
constexpr double kLateHoldSeconds = 1.0;

size_t period_frames(size_t fixed_look_ahead, size_t sub_block) {
  return std::max(sub_block, fixed_look_ahead / kPeriodsPerFixedLookAhead / sub_block * sub_block);
}

}  // namespace

RunAhead::RunAhead(std::unique_ptr<FrameSource> source, const RunAheadOptions& options)
    : source_(std::move(source)),
      sample_rate_(options.sample_rate),
      look_ahead_(std::max(kMinLookAhead, options.look_ahead_frames)),
      fixed_look_ahead_(std::clamp(options.fixed_look_ahead_frames, kMinLookAhead, look_ahead_)),
      sub_block_(std::clamp(fixed_look_ahead_ / 4 / 16 * 16, size_t{16}, kMaxSubBlock)),
      period_(period_frames(fixed_look_ahead_, sub_block_)),
      wants_realtime_(options.realtime),
      can_go_back_(options.rollback && source_->snapshot_bytes() > 0),
      lanes_(look_ahead_ + kMaxSubBlock),
      conditioning_(options.conditioning),
      states_(options.states),
      xruns_(static_cast<double>(fixed_look_ahead_) / sample_rate_),
      ahead_(can_go_back_ && options.min_speed <= 0.0 ? look_ahead_ : fixed_look_ahead_),
      rollback_(!can_go_back_                ? Rollback::off
                : options.min_speed <= 0.0 ? Rollback::ready
                                           : Rollback::no_headroom),
      reader_(lanes_, static_cast<size_t>(options.fade_ms * 0.001 * options.sample_rate),
              static_cast<size_t>(kLateHoldSeconds * options.sample_rate)),
      last_said_(options.sampling),
      snapshots_(can_go_back_ ? look_ahead_ / period_ + kSpareSnapshots : 2,
                 can_go_back_ ? source_->snapshot_bytes() : 0),
      timeline_(options.sampling),
      head_room_(can_go_back_, options.min_speed, static_cast<double>(period_) / sample_rate_) {
  if (!lanes_.has_memory() || !snapshots_.has_memory()) return;
  if (can_go_back_ && !source_->reserve_marks(snapshots_.num_slots())) return;
  const auto run_this = [](void* self) -> void* {
    static_cast<RunAhead*>(self)->run();
    return nullptr;
  };
  is_running_ = thread_.start(run_this, this);
}

RunAhead::~RunAhead() { close(); }

void RunAhead::close() {
  if (!is_running_) return;
  is_closing_.store(true, std::memory_order_seq_cst);
  wake();
  thread_.join();
}

size_t RunAhead::read(float* out, size_t num_frames) {
  ++reads_;
  if (is_dropping_ && !drop_after_reset()) {
    // None of the new stream is read yet: it may begin with what was said.
    hand_over(0);
    lapses_.add({LapseKind::dry, reads_ - first_read_, 0, 0});
    return 0;
  }
  const uint64_t late_before = reader_.late_switches();
  const size_t n = reader_.read(out, num_frames);
  last_read_ = n;
  if (reader_.late_switches() != late_before) {
    const LaneReader::LateSwitch& late = reader_.late_switch();
    lapses_.add({LapseKind::late, late.said - first_read_, late.position - reader_start_, late.left});
  }
  const uint64_t known = reader_.known();
  if (n > 0 && known < last_said_read_) lapses_.add({LapseKind::overdue, known + 1 - first_read_, position(), 0});
  if (n < num_frames) {
    xruns_.count();
    lapses_.add({LapseKind::dry, reads_ - first_read_, position(), n});
  }
  const size_t steer_after = rollback() == Rollback::ready ? 0 : look_ahead_frames();
  if (steer_after != steer_after_) lapses_.add({LapseKind::steer, reads_ - first_read_, position(), steer_after});
  steer_after_ = steer_after;
  // Before the frames are given back: the thread goes no further than the plans reach.
  hand_over(position());
  lanes_.take(reader_.position());
  if (is_asleep_.load(std::memory_order_seq_cst) && has_room()) wake();
  return n;
}

size_t RunAhead::available() const {
  if (!is_dropping_) return reader_.available();
  if (reset_done_.load(std::memory_order_acquire) != reader_generation_) return 0;
  return lanes_.lane(lanes_.offered()).ready_from(reset_start_.load(std::memory_order_relaxed));
}

void RunAhead::plan_sampling(uint64_t frame, const Sampling& sampling) {
  last_said_ = sampling;
  if (!controls_.stage({reader_generation_, frame, sampling})) lapses_.add({LapseKind::lost, 0, 0, 0});
}

void RunAhead::set_conditioning(size_t input, int64_t first_frame, const float* frames, size_t num_frames) {
  if (conditioning_) conditioning_->say(input, first_frame, frames, num_frames, position());
}

void RunAhead::reset(uint32_t seed) {
  if (position() > 0) {
    heard_generation_.store(reader_generation_, std::memory_order_relaxed);
    heard_frames_.store(position(), std::memory_order_relaxed);
  }
  ++reader_generation_;
  first_read_ = ++reads_;
  is_dropping_ = true;
  steer_after_ = 0;
  lapses_.clear();
  controls_.unstage();
  if (conditioning_) conditioning_->forget();
  if (states_) states_->forget();
  controls_.stage({reader_generation_, 0, last_said_});
  hand_over(0);
  reset_request_.store((uint64_t{reader_generation_} << 32) | seed, std::memory_order_seq_cst);
  if (is_asleep_.load(std::memory_order_seq_cst)) wake();
}

/// Everything that was said since the last time: it applies to no frame before `position`.
void RunAhead::hand_over(uint64_t position) {
  const bool is_said = controls_.has_staged() || (conditioning_ && !conditioning_->is_told()) || (states_ && states_->has_staged());
  if (is_said) last_said_read_ = reads_;
  controls_.publish(position, reads_);
  if (conditioning_ && !conditioning_->publish(reader_generation_, position, reads_)) {
    lapses_.add({LapseKind::postponed, reads_ - first_read_, position, 0});
  }
  if (states_) states_->publish(reader_generation_, position, reads_);
  handed_over_.store(reads_, std::memory_order_release);
}

bool RunAhead::take_lapse(Lapse& lapse) {
  lapses_.gather(reader_generation_, first_read_);
  return lapses_.take(lapse);
}

size_t RunAhead::control_latency_frames() const {
  // The write head as the read found it: what the read took does not come on top.
  if (rollback() != Rollback::ready) return std::max(last_read_, look_ahead_frames());
  return last_read_ + reader_.late_frames();
}

/// True when the asked-for stream has begun; its predecessor's frames are then dropped.
bool RunAhead::drop_after_reset() {
  if (reset_done_.load(std::memory_order_acquire) != reader_generation_) return false;
  reader_start_ = reset_start_.load(std::memory_order_relaxed);
  reader_.skip_to(reader_start_);
  is_dropping_ = false;
  return true;
}

void RunAhead::wake() {
  wake_count_.fetch_add(1, std::memory_order_seq_cst);
  wake_count_.notify_one();
}

/// Either side. Frames of a stream that was reset away do not count: the reader will never take them.
bool RunAhead::has_room() const {
  const uint64_t from = std::max(lanes_.taken(), reset_start_.load(std::memory_order_relaxed));
  return lanes_.head() + sub_block_ <= from + look_ahead_frames();
}

}  // namespace sashimi
