#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "lane_pair.h"

namespace sashimi {

/// The reader's hand on a LanePair: takes frames in order, and goes over to a new version when that
/// has at least what is asked for. In time, at or before the first frame that differs, the version
/// simply goes on where the old one stopped. Late, the two are cross-faded: what would have been
/// played is kept aside, so that the old lane is free at once and fades may follow one another closely.
/// One thread. Wait-free; allocates only when constructed.
class LaneReader {
 public:
  /// A late switch counts as the state of things for `late_hold_frames`.
  LaneReader(LanePair& lanes, size_t fade_frames, size_t late_hold_frames);

  /// Fills out[0..n) and returns n <= num_frames. The frames stay taken in the LanePair's sense only
  /// after `LanePair::take(position())`.
  size_t read(float* out, size_t num_frames);
  /// Frames that read would give now.
  size_t available() const;
  /// Drops everything before `position`, whatever version it is in, and any fade.
  void skip_to(uint64_t position);

  /// Of the next frame.
  uint64_t position() const { return position_; }
  /// Frames between the first that a change asked for and where the last switch to a version was; 0 in time, and
  /// when that is long ago.
  size_t late_frames() const { return position_ < late_until_ ? late_frames_ : 0; }
  /// Switches that came too late, so that they were cross-faded.
  uint64_t late_switches() const { return late_switches_; }
  /// Of the last of them: `said` as of LanePair::begin, the position where it was, and how many frames were left of the old version.
  struct LateSwitch {
    uint64_t said = 0;
    uint64_t position = 0;
    size_t left = 0;
  };
  const LateSwitch& late_switch() const { return late_switch_; }
  /// What was read knows what was handed over up to this read, and nothing after it.
  uint64_t known() const { return lanes_.known(version_); }

 private:
  void adopt_when_ready(size_t num_frames);
  void keep_tail(const Lane& lane, size_t ready);
  size_t copy(float* out, size_t num_frames);
  float faded(size_t offset, float sample) const;

  LanePair& lanes_;
  const size_t fade_frames_;
  const size_t late_hold_frames_;
  const std::unique_ptr<float[]> tail_;  ///< What the last fade fades out.
  size_t fade_at_;                       ///< Frames of that fade that were played; fade_frames_ without one.
  uint32_t version_ = 0;
  uint64_t position_ = 0;
  float last_ = 0.0F;
  size_t late_frames_ = 0;
  uint64_t late_until_ = 0;  ///< Position.
  uint64_t late_switches_ = 0;
  LateSwitch late_switch_;
};

}  // namespace sashimi
