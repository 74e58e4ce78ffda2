#pragma once

#include "history_source.h"

namespace sashimi::test {

/// A source that keeps its marks itself, as one on another processor does, and may lose them.
class FarSource : public HistorySource {
 public:
  /// While it is set, what was marked before is lost.
  explicit FarSource(const std::atomic<bool>& is_lost) : is_lost_(is_lost) {}

  bool reserve_marks(size_t count) override {
    marks_.resize(count);
    return true;
  }
  void mark(size_t number, unsigned char* into) override {
    marks_[number].is_far = !is_lost_.load();
    if (!marks_[number].is_far) return snapshot(into);
    snapshot(reinterpret_cast<unsigned char*>(&marks_[number].state));
    std::memset(into, 0xFF, snapshot_bytes());
  }
  bool return_to(size_t number, const unsigned char* from) override {
    if (!marks_[number].is_far) {
      restore(from);
      return true;
    }
    if (is_lost_.load()) return false;
    restore(reinterpret_cast<const unsigned char*>(&marks_[number].state));
    return true;
  }

 private:
  struct Mark {
    uint64_t state = 0;
    bool is_far = false;
  };
  const std::atomic<bool>& is_lost_;
  std::vector<Mark> marks_;
};

}  // namespace sashimi::test
