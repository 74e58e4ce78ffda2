#pragma once

#include "../kernel/orders.h"
#include "cuda_model.h"

namespace sashimi::cuda {

/// The mailboxes of a launch's blocks, and the launches: orders are posted, the kernel is there whenever one waits. Not
/// thread-safe: one caller at a time.
class Post {
 public:
  /// How long the kernel stays when it has nothing to do, and at most.
  static constexpr uint32_t kLingerUs = 4'000;
  static constexpr uint32_t kLongestUs = 500'000;
  /// Without a sign of life for so long, the device counts as failed.
  static constexpr uint64_t kPatienceUs = 10'000'000;

  ~Post();
  Post() = default;
  Post(const Post&) = delete;
  Post& operator=(const Post&) = delete;

  /// `arguments` without its mailboxes and boards, of which there are `blocks`, with a team each; a block has shared memory of
  /// `block_bytes`. Allocates. False when the driver refuses, or the device has less.
  bool init(std::shared_ptr<Device> device, const Arguments& arguments, uint32_t blocks, size_t block_bytes);

  /// Where the next order of a block is to be written. Waits until there is room.
  Order& next(uint32_t block);
  /// The order of `next` is written.
  void post(uint32_t block);
  /// To be called after posting: the kernel runs, or will.
  void launch();
  /// Waits until the first `order` orders of a block are done.
  void wait(uint32_t block, uint32_t order);
  uint32_t posted(uint32_t block) const { return mailboxes()[block].posted; }
  const Tally& tally(uint32_t block, uint32_t slot) const { return mailboxes()[block].tallies[slot]; }

  /// Null, or why the device failed. From then on nothing waits, and what orders give is not to be used.
  const char* fault() const { return fault_; }

 private:
  Mailbox* mailboxes() const { return reinterpret_cast<Mailbox*>(memory_.data()); }
  uint32_t launches_left() const;

  std::shared_ptr<Device> device_;
  MappedMemory memory_;
  DeviceMemory boards_;
  Arguments arguments_ = {};
  uint32_t blocks_ = 0;
  void* stream_ = nullptr;
  uint32_t launches_ = 0;
  const char* fault_ = nullptr;
};

}  // namespace sashimi::cuda
