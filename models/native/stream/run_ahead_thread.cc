/// What the stepping thread of a RunAhead does.
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "run_ahead.h"
#include "thread_clock.h"

namespace sashimi {

namespace {

/// A reader that has taken nothing for this long has paused.
constexpr double kIdleSeconds = 0.1;
/// A real-time thread that has not waited for this long gives its priority back, so that a model
/// which is too slow for the machine cannot take the machine with it.
constexpr double kOverloadSeconds = 1.0;
constexpr double kOverload = 0.95;

}  // namespace

void RunAhead::run() {
  if (wants_realtime_ && enter_realtime()) scheduling_.store(Scheduling::realtime, std::memory_order_relaxed);
  while (!is_closing_.load(std::memory_order_relaxed)) {
    obey_reset();
    // Before what was said is taken: a read that makes room has handed over what came before it.
    bool is_room = has_room();
    take_said();
    xruns_.explain(head_room_.load());
    if (changed_from_ != ControlTimeline::kNever) {
      go_back();
      is_room = has_room();
    }
    if (is_room) {
      step_sub_block();
    } else {
      wait_for_room();
    }
  }
}

void RunAhead::obey_reset() {
  const uint64_t request = reset_request_.load(std::memory_order_acquire);
  const auto generation = static_cast<uint32_t>(request >> 32);
  if (generation == generation_) return;
  if (states_) {
    const bool is_heard = heard_generation_.load(std::memory_order_relaxed) == generation_;
    states_->end(is_heard ? heard_frames_.load(std::memory_order_relaxed) : 0);
  }
  generation_ = generation;
  source_->reset(static_cast<uint32_t>(request));
  // The version under way may still lie behind the playhead, and what it would have been is not wanted any more.
  // The reader looks at no lane until this is done.
  stream_start_ = std::max(lanes_.head(), lanes_.taken());
  lanes_.restart(stream_start_);
  timeline_.restart(stream_start_, timeline_.last());
  if (conditioning_) conditioning_->restart();
  snapshots_.clear();
  waiting_from_ = ControlTimeline::kNever;
  delay_ = 0;
  is_loss_told_ = false;
  xruns_.restarted();
  reset_start_.store(stream_start_, std::memory_order_relaxed);
  reset_done_.store(generation, std::memory_order_release);
}

/// In the stream: what is said applies from here on, if not later. Never goes back.
uint64_t RunAhead::earliest_control() const {
  const bool can_go_back = head_room_.state() == Rollback::ready && !snapshots_.is_empty();
  return (can_go_back ? snapshots_.oldest() : lanes_.head()) - stream_start_;
}

/// In the order in which it was handed over. What makes frames different that were stepped already waits while the thread cannot go
/// back, and all after it waits, too.
void RunAhead::take_said() {
  const HandOver none{handed_over_.load(std::memory_order_acquire) + 1, 0};
  const uint64_t written = lanes_.head() - stream_start_;
  const uint64_t earliest = earliest_control();
  waiting_from_ = ControlTimeline::kNever;
  for (;;) {
    HandOver said = none;
    controls_.look(generation_, said);
    if (conditioning_) conditioning_->look(generation_, said);
    if (states_) states_->look(generation_, said);
    if (said.read == none.read) break;
    if (changed_from_ == ControlTimeline::kNever && first_change(said.read, earliest, written) != ControlTimeline::kNever) {
      if (!lanes_.can_begin()) {
        waiting_from_ = stream_start_ + std::max(said.position, earliest);
        lanes_.know(said.read - 1);
        return;
      }
      changed_said_ = said.read;
    }
    if (!take_hand_over(said, earliest, written)) {
      // The rest waits until frames that were stepped are out of reach.
      known_ = said.read - 1;
      if (changed_from_ == ControlTimeline::kNever) lanes_.know(known_);
      return;
    }
  }
  known_ = none.read - 1;
  // Otherwise that is told of the version that begins now.
  if (changed_from_ == ControlTimeline::kNever) lanes_.know(known_);
}

/// The first frame of the stream before `written` where what was handed over with `read` would make something different.
uint64_t RunAhead::first_change(uint64_t read, uint64_t earliest, uint64_t written) {
  uint64_t changed = ControlTimeline::kNever;
  const ControlPoint* point = controls_.peek();
  for (uint32_t i = 0; point && point->read == read; point = controls_.peek(++i)) {
    const uint64_t position = stream_start_ + std::max(point->frame, earliest);
    changed = std::min(changed, timeline_.first_change(position, point->sampling, stream_start_ + written));
  }
  if (conditioning_) changed = std::min(changed, conditioning_->first_change(read, earliest, written));
  return states_ ? std::min(changed, states_->first_change(read, earliest, written)) : changed;
}

/// False, and told, when there is no room for all of its commands yet. Told, too, is the first time that a timeline is full.
bool RunAhead::take_hand_over(const HandOver& said, uint64_t earliest, uint64_t written) {
  for (const ControlPoint* point = controls_.peek(); point && point->read == said.read; point = controls_.peek()) {
    const uint64_t position = stream_start_ + std::max(point->frame, earliest);
    changed_from_ = std::min(changed_from_, timeline_.set(position, point->sampling, stream_start_ + written));
    controls_.pop();
  }
  uint64_t changed = ControlTimeline::kNever;
  if (conditioning_) changed = conditioning_->take(said.read, earliest, written);
  const bool has_room = !states_ || states_->take(said.read, earliest, written, changed);
  if (!has_room) lapses_.tell(generation_, Lapse{});
  // Once: it stands for all that is heard from here on.
  if (!is_loss_told_ && (timeline_.has_given_up() || (conditioning_ && conditioning_->has_given_up()))) {
    is_loss_told_ = true;
    lapses_.tell(generation_, Lapse{});
  }
  if (changed != ControlTimeline::kNever) changed_from_ = std::min(changed_from_, stream_start_ + changed);
  const uint64_t delay = std::max(said.position, earliest) - said.position;
  if (delay != delay_) lapses_.tell(generation_, {LapseKind::delay, said.read, said.position, delay});
  delay_ = delay;
  return has_room;
}

/// Goes back to the first frame that was stepped with other values than are in force there now.
void RunAhead::go_back() {
  const uint64_t changed = std::exchange(changed_from_, ControlTimeline::kNever);
  const uint64_t head = lanes_.head();
  if (snapshots_.is_empty()) return;
  snapshots_.keep_until(changed);
  const uint64_t start = snapshots_.newest();
  if (start >= head) return;
  if (!source_->return_to(snapshots_.newest_slot(), snapshots_.newest_bytes())) {
    lapses_.tell(generation_, Lapse{});
    return snapshots_.clear();
  }
  lanes_.begin(start, std::max(start, changed), changed_said_, known_);
  restless_frames_ = look_ahead_;
  ahead_.store(fixed_look_ahead_, std::memory_order_relaxed);
  xruns_.rolled_back();
  rollbacks_.fetch_add(1, std::memory_order_relaxed);
  // Those before the change come out as they were; the others were to be stepped anyway, but not twice.
  frames_stepped_again_.fetch_add(head - start, std::memory_order_relaxed);
}

/// On a grid of the stream, so that going back does not shift it; and at once where there is none.
bool RunAhead::is_snapshot_due(uint64_t head) const {
  if (head_room_.state() != Rollback::ready) return false;
  // A change that waits for its turn keeps the snapshot it will need.
  if (snapshots_.would_lose(waiting_from_)) return false;
  return snapshots_.is_empty() || ((head - stream_start_) % period_ == 0 && snapshots_.newest() != head);
}

void RunAhead::take_snapshot() {
  const double started = now_seconds();
  unsigned char* const into = snapshots_.push(lanes_.head());
  source_->mark(snapshots_.newest_slot(), into);
  head_room_.snapped(now_seconds() - started);
  // Of a trial nothing is kept: nobody goes back to it, and the timeline would keep all since then.
  if (head_room_.state() != Rollback::ready) snapshots_.clear();
}

void RunAhead::step_sub_block() {
  const double started = now_seconds();
  const double cpu_started = thread_cpu_seconds();
  const uint64_t head = lanes_.head();
  if (is_snapshot_due(head) || head_room_.wants_trial()) take_snapshot();

  const double step_started = now_seconds();
  for (size_t done = 0; done < sub_block_;) {
    const uint64_t at = head + done;
    const uint64_t until = std::min<uint64_t>(timeline_.next_change(at), head + sub_block_);
    const auto count = static_cast<size_t>(until - at);
    source_->step(block_ + done, count, timeline_.in_force(at));
    done += count;
  }
  lanes_.append(block_, sub_block_);
  if (restless_frames_ > 0) {
    restless_frames_ -= std::min(restless_frames_, sub_block_);
    if (restless_frames_ == 0 && rollback() == Rollback::ready) ahead_.store(look_ahead_, std::memory_order_relaxed);
  }
  const uint64_t oldest = snapshots_.is_empty() ? head + sub_block_ : snapshots_.oldest();
  timeline_.forget_before(oldest);
  if (conditioning_) conditioning_->forget_before(oldest - stream_start_);
  if (states_) states_->forget_before(oldest - stream_start_);

  const double ended = now_seconds();
  head_room_.stepped(ended - step_started, static_cast<double>(sub_block_) / sample_rate_);
  judge_head_room();
  const double cpu_seconds = thread_cpu_seconds() - cpu_started;
  if (cpu_seconds > 0.0) xruns_.stalled(ended - started - cpu_seconds);

  idle_naps_ = 0;
  busy_seconds_ += ended - started;
  // Under a control that keeps moving the thread never waits either, but that passes.
  const bool is_too_slow = busy_seconds_ > kOverloadSeconds && head_room_.load() > kOverload;
  if (is_too_slow && scheduling() == Scheduling::realtime) {
    leave_realtime();
    scheduling_.store(Scheduling::overloaded, std::memory_order_relaxed);
  }
}

void RunAhead::judge_head_room() {
  load_.store(head_room_.load(), std::memory_order_relaxed);
  const Rollback now = head_room_.state();
  if (now == rollback()) return;
  // The log and the frames agree only from here on.
  snapshots_.clear();
  rollback_.store(now, std::memory_order_relaxed);
  ahead_.store(now == Rollback::ready ? look_ahead_ : fixed_look_ahead_, std::memory_order_relaxed);
  restless_frames_ = 0;
}

void RunAhead::wait_for_room() {
  xruns_.ring_is_full();
  busy_seconds_ = 0.0;
  const double nap_seconds = 0.5 * static_cast<double>(sub_block_) / sample_rate_;
  if (static_cast<double>(++idle_naps_) * nap_seconds < kIdleSeconds) {
    const double started = now_seconds();
    std::this_thread::sleep_for(std::chrono::duration<double>(nap_seconds));
    xruns_.stalled(now_seconds() - started - nap_seconds);
  } else {
    sleep_until_woken();
  }
}

/// Announces the sleep before the last look at the ring, as the reader takes its frames before
/// it looks for a sleeper: one of the two sees the other.
void RunAhead::sleep_until_woken() {
  const uint32_t seen = wake_count_.load(std::memory_order_seq_cst);
  is_asleep_.store(true, std::memory_order_seq_cst);
  const bool is_reset = static_cast<uint32_t>(reset_request_.load(std::memory_order_seq_cst) >> 32) != generation_;
  if (!has_room() && !is_reset && !is_closing_.load(std::memory_order_seq_cst)) {
    wake_count_.wait(seen, std::memory_order_seq_cst);
  }
  is_asleep_.store(false, std::memory_order_relaxed);
}

}  // namespace sashimi
