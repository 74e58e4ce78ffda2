#include "post.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

namespace sashimi::cuda {

namespace {

/// Looks before a waiting thread goes to sleep between them.
constexpr uint32_t kEagerLooks = 4'000;

/// Sequentially consistent, as the writing is: what was posted is seen before it is asked who is left to see it.
uint32_t read(const uint32_t& counter) { return __atomic_load_n(&counter, __ATOMIC_SEQ_CST); }

uint64_t now_us() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count());
}

void pause_core() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

}  // namespace

bool Post::init(std::shared_ptr<Device> device, const Arguments& arguments, uint32_t blocks, size_t block_bytes) {
  device_ = std::move(device);
  arguments_ = arguments;
  blocks_ = blocks;
  memory_ = MappedMemory(device_, blocks * sizeof(Mailbox));
  boards_ = DeviceMemory(device_, blocks * sizeof(Board));
  if (!memory_.data() || !boards_.address()) return false;
  arguments_.mailboxes = reinterpret_cast<Mailbox*>(memory_.address());
  arguments_.boards = reinterpret_cast<Board*>(boards_.address());
  arguments_.linger_us = kLingerUs;
  arguments_.longest_us = kLongestUs;
  arguments_.memory_bytes = block_bytes;
  if (block_bytes > device_->shared_bytes()) return false;
  return device_->driver().create_stream(&stream_, Driver::kNonBlocking) == 0;
}

Post::~Post() {
  if (!stream_) return;
  device_->enter();
  // The kernel may not outlive its memory.
  device_->driver().synchronise(stream_);
  device_->driver().destroy_stream(stream_);
}

Order& Post::next(uint32_t block) {
  const uint32_t number = posted(block);
  if (number >= kMailboxDepth || read(mailboxes()[block].done) != number) wait(block, number - (kMailboxDepth - 1));
  return mailboxes()[block].orders[number % kMailboxDepth];
}

void Post::post(uint32_t block) {
  Mailbox& mailbox = mailboxes()[block];
  __atomic_store_n(&mailbox.posted, mailbox.posted + 1, __ATOMIC_SEQ_CST);
}

/// Launches that have ended.
uint32_t Post::launches_left() const {
  uint32_t left = launches_;
  for (uint32_t block = 0; block < blocks_; ++block) {
    const uint32_t of_block = read(mailboxes()[block].left);
    if (launches_ - of_block > launches_ - left) left = of_block;
  }
  return left;
}

/// Launches follow each other: of two that have not ended, the later has not begun, so it will see what is posted now.
void Post::launch() {
  if (fault_) return;
  if (launches_ - launches_left() >= 2) return;
  device_->enter();
  arguments_.launch = launches_;
  if (!device_->launch(stream_, blocks_ * arguments_.team, arguments_.memory_bytes, &arguments_, arguments_.team > 1)) {
    fault_ = "the device refuses the kernel";
    return;
  }
  ++launches_;
}

void Post::wait(uint32_t block, uint32_t order) {
  const uint32_t& done = mailboxes()[block].done;
  const auto is_done = [&] { return static_cast<int32_t>(read(done) - order) >= 0; };
  for (uint32_t look = 0; look < kEagerLooks; ++look) {
    if (fault_ || is_done()) return;
    pause_core();
  }
  uint64_t began = now_us();
  uint32_t last = read(done);
  while (!fault_ && !is_done()) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    device_->enter();
    const Driver::Result result = device_->driver().query(stream_);
    if (result != 0 && result != Driver::kNotReady) fault_ = "the kernel failed";
    else if (read(done) != last) last = read(done), began = now_us();
    else if (now_us() - began > kPatienceUs) fault_ = "the kernel does not answer";
    // A launch leaves after its time, whatever waits: then the next one is due.
    if (!fault_ && launches_left() == launches_) launch();
  }
}

}  // namespace sashimi::cuda
