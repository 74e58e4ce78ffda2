#include "lane_reader.h"

#include <algorithm>

namespace sashimi {

LaneReader::LaneReader(LanePair& lanes, size_t fade_frames, size_t late_hold_frames)
    : lanes_(lanes),
      fade_frames_(std::max<size_t>(1, fade_frames)),
      late_hold_frames_(late_hold_frames),
      tail_(new float[fade_frames_]()),
      fade_at_(fade_frames_) {}

size_t LaneReader::read(float* out, size_t num_frames) {
  size_t done = 0;
  const uint32_t offered = lanes_.offered();
  if (offered != version_) {
    // A version that begins inside this read is taken up where it begins.
    const uint64_t start = lanes_.lane(offered).start();
    if (start > position_ && start - position_ < num_frames) {
      const auto before = static_cast<size_t>(start - position_);
      done = copy(out, before);
      if (done < before) return done;
    }
    adopt_when_ready(num_frames - done);
  }
  return done + copy(out + done, num_frames - done);
}

size_t LaneReader::available() const {
  const size_t ready = lanes_.lane(version_).ready_from(position_);
  const uint32_t offered = lanes_.offered();
  if (offered == version_) return ready;
  const Lane& next = lanes_.lane(offered);
  const uint64_t start = next.start();
  if (start <= position_) return std::max(ready, next.ready_from(position_));
  const auto before = static_cast<size_t>(start - position_);
  // Read goes on with the old version where the new one has less.
  return ready < before ? ready : before + std::max(ready - before, next.ready_from(start));
}

void LaneReader::skip_to(uint64_t position) {
  version_ = lanes_.offered();
  lanes_.adopt(version_);
  position_ = position;
  fade_at_ = fade_frames_;
  late_until_ = 0;
  lanes_.take(position_);
}

void LaneReader::adopt_when_ready(size_t num_frames) {
  const uint32_t offered = lanes_.offered();
  const Lane& old = lanes_.lane(version_);
  const size_t old_ready = old.ready_from(position_);
  const size_t new_ready = lanes_.lane(offered).ready_from(position_);
  if (new_ready == 0 || new_ready < std::min(num_frames, old_ready)) return;
  const uint64_t changed = lanes_.changed();
  late_frames_ = position_ > changed ? static_cast<size_t>(position_ - changed) : 0;
  late_until_ = position_ + late_hold_frames_;
  if (late_frames_ > 0) {
    keep_tail(old, old_ready);
    ++late_switches_;
    late_switch_ = {lanes_.said(), position_, std::min(old_ready, fade_frames_)};
  }
  version_ = offered;
  lanes_.adopt(offered);
}

/// What the next frames would have been, a fade under way included: begins a fade from that.
void LaneReader::keep_tail(const Lane& lane, size_t ready) {
  float sample = last_;
  for (size_t i = 0; i < fade_frames_; ++i) {
    if (i < ready) sample = lane.at(position_ + i);
    tail_[i] = faded(i, sample);  // reads at i and beyond only
  }
  fade_at_ = 0;
}

size_t LaneReader::copy(float* out, size_t num_frames) {
  const Lane& lane = lanes_.lane(version_);
  const size_t count = std::min(num_frames, lane.ready_from(position_));
  for (size_t i = 0; i < count; ++i) out[i] = faded(i, lane.at(position_ + i));
  fade_at_ = std::min(fade_frames_, fade_at_ + count);
  position_ += count;
  if (count > 0) last_ = out[count - 1];
  return count;
}

/// `sample` of the frame `offset` frames from now. Where both versions are equal it comes out unchanged,
/// bit for bit.
float LaneReader::faded(size_t offset, float sample) const {
  const size_t at = fade_at_ + offset;
  if (at >= fade_frames_) return sample;
  const float share = static_cast<float>(at + 1) / static_cast<float>(fade_frames_ + 1);
  return tail_[at] + (sample - tail_[at]) * share;
}

}  // namespace sashimi
