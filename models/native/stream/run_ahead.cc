#include "run_ahead.h"

#include <chrono>

namespace sashimi {

namespace {

constexpr size_t kMinLookAhead = 32;
constexpr double kLoadSeconds = 0.5;
/// A reader that has taken nothing for this long has paused.
constexpr double kIdleSeconds = 0.1;
/// A real-time thread that has not waited for this long gives its priority back, so that a model
/// which is too slow for the machine cannot take the machine with it.
constexpr double kOverloadSeconds = 1.0;

size_t clamp(size_t value, size_t low, size_t high) { return value < low ? low : value > high ? high : value; }

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

RunAhead::RunAhead(std::unique_ptr<FrameSource> source, const RunAheadOptions& options)
    : source_(std::move(source)),
      sample_rate_(options.sample_rate),
      look_ahead_(options.look_ahead_frames < kMinLookAhead ? kMinLookAhead : options.look_ahead_frames),
      sub_block_(clamp(look_ahead_ / 4 / 16 * 16, 16, kMaxSubBlock)),
      wants_realtime_(options.realtime),
      ring_(look_ahead_ + kMaxSubBlock),
      mailbox_(options.sampling),
      sampling_(options.sampling),
      thread_([this] { run(); }) {}

RunAhead::~RunAhead() { close(); }

void RunAhead::close() {
  if (!thread_.joinable()) return;
  is_closing_.store(true, std::memory_order_seq_cst);
  wake();
  thread_.join();
}

size_t RunAhead::read(float* out, size_t num_frames) {
  if (is_dropping_ && !drop_after_reset()) return 0;
  const size_t n = ring_.read(out, num_frames);
  if (n < num_frames) underflows_.fetch_add(1, std::memory_order_relaxed);
  if (is_asleep_.load(std::memory_order_seq_cst) && has_room()) wake();
  return n;
}

size_t RunAhead::available() {
  if (is_dropping_ && !drop_after_reset()) return 0;
  return static_cast<size_t>(ring_.written() - ring_.taken());
}

void RunAhead::reset(uint32_t seed) {
  ++reader_generation_;
  is_dropping_ = true;
  reset_request_.store((uint64_t{reader_generation_} << 32) | seed, std::memory_order_seq_cst);
  if (is_asleep_.load(std::memory_order_seq_cst)) wake();
}

/// Reader. True when the asked-for stream has begun; its predecessor's frames are then dropped.
bool RunAhead::drop_after_reset() {
  if (reset_done_.load(std::memory_order_acquire) != reader_generation_) return false;
  ring_.skip_to(reset_start_.load(std::memory_order_relaxed));
  is_dropping_ = false;
  return true;
}

void RunAhead::wake() {
  wake_count_.fetch_add(1, std::memory_order_seq_cst);
  wake_count_.notify_one();
}

void RunAhead::run() {
  if (wants_realtime_ && enter_realtime()) scheduling_.store(Scheduling::realtime, std::memory_order_relaxed);
  while (!is_closing_.load(std::memory_order_relaxed)) {
    obey_reset();
    if (has_room()) {
      step_sub_block();
    } else {
      wait_for_room();
    }
  }
}

/// Frames of a stream that was reset away do not count: the reader will never take them.
bool RunAhead::has_room() const {
  const uint64_t taken = ring_.taken();
  const uint64_t start = reset_start_.load(std::memory_order_relaxed);
  const uint64_t from = taken > start ? taken : start;
  const uint64_t filled = ring_.written() - from;
  return filled + sub_block_ <= look_ahead_;
}

void RunAhead::obey_reset() {
  const uint64_t request = reset_request_.load(std::memory_order_acquire);
  const uint32_t generation = static_cast<uint32_t>(request >> 32);
  if (generation == generation_) return;
  generation_ = generation;
  source_->reset(static_cast<uint32_t>(request));
  reset_start_.store(ring_.written(), std::memory_order_relaxed);
  reset_done_.store(generation, std::memory_order_release);
}

void RunAhead::step_sub_block() {
  const double started = now_seconds();
  mailbox_.take(sampling_);
  source_->step(block_, sub_block_, sampling_);
  ring_.write(block_, sub_block_);

  const double took = now_seconds() - started;
  const double audio_seconds = static_cast<double>(sub_block_) / sample_rate_;
  const double share = audio_seconds / (kLoadSeconds + audio_seconds);
  const double load = load_.load(std::memory_order_relaxed);
  load_.store(load + (took / audio_seconds - load) * share, std::memory_order_relaxed);

  idle_naps_ = 0;
  busy_seconds_ += took;
  if (busy_seconds_ > kOverloadSeconds && scheduling() == Scheduling::realtime) {
    leave_realtime();
    scheduling_.store(Scheduling::overloaded, std::memory_order_relaxed);
  }
}

void RunAhead::wait_for_room() {
  busy_seconds_ = 0.0;
  const double nap_seconds = 0.5 * static_cast<double>(sub_block_) / sample_rate_;
  if (static_cast<double>(++idle_naps_) * nap_seconds < kIdleSeconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(nap_seconds));
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
